using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace Counterweight.LightGbm;

/// <summary>Processes, on one machine or many, that train one model together, each on rows of its own: LightGBM's distributed mode, and sums over
/// all.</summary>
/// <remarks>
/// <para>Every process calls the same methods in the same order: a training, <see cref="Sum"/>, <see cref="Gather"/>. What they return is the same in each.
/// The trees grow by LightGBM's data-parallel learner (Ke et al., 2017, "LightGBM: A highly efficient gradient boosting decision tree"), which adds up the
/// histograms of all rows; the messages go over connections of this class between every two processes (<c>LGBM_NetworkInitWithFunctions</c>), so that one that
/// goes away is noticed and named, where LightGBM's own sockets wait for ever.</para>
/// <para>The bins are chosen by a sample of the rows of all processes, see <see cref="LightGbmDatasetOptions.Machines"/>; LightGBM itself would choose the bins
/// of each column by the rows of one of them.</para>
/// <para>A process that fails or goes away ends the others with a <see cref="LightGbmException"/> that names it; the training thread then rests in LightGBM,
/// and its memory is free when the process ends. Connections are neither encrypted nor authenticated, as LightGBM's own are not: use them in a network of your
/// own.</para>
/// </remarks>
/// <example>
/// <code>
/// using LightGbmMachines machines = LightGbmMachines.Join(["10.0.0.1:5000", "10.0.0.2:5000"], rank: 0);
/// using LightGbmDataset part = LightGbmDataset.FromChunks(rows, columns, Read, new LightGbmDatasetOptions { Machines = machines });
/// using LightGbmModel model = LightGbmModel.Train(part, parameters, new LightGbmTraining { Machines = machines });
/// </code>
/// </example>
public sealed class LightGbmMachines : IDisposable
{
    /// <summary>The most processes.</summary>
    public const int Most = 1000;

    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);
    private readonly MachineLink?[] links;
    private readonly CancellationTokenSource failed = new();
    private readonly Lock guard = new();
    private MachineThread? thread;
    private string? failure;
    private bool leaving;

    private LightGbmMachines(int rank, MachineLink?[] links)
    {
        (Rank, this.links) = (rank, links);
        foreach (MachineLink? link in links) link?.Listen(Failed);
    }

    /// <summary>Which of the processes this is, from 0.</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int Count => links.Length;

    /// <summary>Waits until all processes are there.</summary>
    /// <param name="machines">
    /// Where each process is, as HOST:PORT, the same list in all of them; a host is a name or an address. All but the first may be empty: such a process is
    /// where its connection comes from, on a free port.
    /// </param>
    /// <param name="rank">The place of this process in the list, from 0.</param>
    /// <param name="terms">What is trained, in words; processes that do not say the same are refused.</param>
    /// <param name="patience">How long to wait for the others; ten minutes if null.</param>
    /// <param name="cancellation">Stops the waiting.</param>
    /// <exception cref="FormatException">An entry is no HOST:PORT.</exception>
    /// <exception cref="LightGbmException">The others did not come, or say something else.</exception>
    public static LightGbmMachines Join(
        IReadOnlyList<string> machines, int rank, string terms = "", TimeSpan? patience = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(machines);
        ArgumentNullException.ThrowIfNull(terms);
        if (machines.Count is 0 or > Most) throw new ArgumentException($"There are 1 to {Most} machines; {machines.Count} are not.", nameof(machines));
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, machines.Count);
        DnsEndPoint?[] places = [.. machines.Select((m, i) => m.Length == 0 && i > 0 ? null : Place(m))];
        foreach (IGrouping<DnsEndPoint, DnsEndPoint> same in places.OfType<DnsEndPoint>().GroupBy(p => p))
            if (same.Skip(1).Any()) throw new FormatException($"{same.Key.Host}:{same.Key.Port} stands twice in the list of machines.");
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(patience ?? TimeSpan.FromMinutes(10));
        try
        {
            return new(rank, new MachineMeeting(places, rank, terms, late.Token).Links());
        }
        catch (OperationCanceledException missing)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new LightGbmException(missing is MachineMeeting.MissingException ? missing.Message : "The other machines did not come in time.");
        }
    }

    /// <summary>Adds up numbers over all processes.</summary>
    /// <param name="values">As many in each process; replaced by the sums, which are the same in each to the last digit.</param>
    public void Sum(Span<double> values)
    {
        byte[][] parts = Gather(MemoryMarshal.AsBytes(values));
        values.Clear();
        foreach (byte[] part in parts)
        {
            if (part.Length != values.Length * sizeof(double))
                throw new LightGbmException($"The machines are out of step: one adds up {part.Length / sizeof(double)} numbers and another {values.Length}.");
            ReadOnlySpan<double> own = MemoryMarshal.Cast<byte, double>(part);
            for (int i = 0; i < own.Length; i++) values[i] += own[i];
        }
    }

    /// <summary>Gives every process what each of them has.</summary>
    /// <param name="own">What this process has.</param>
    /// <returns>What the processes have, in their order.</returns>
    public byte[][] Gather(ReadOnlySpan<byte> own)
    {
        if (failure is not null) throw new LightGbmException(failure);
        try
        {
            for (int other = 1; other < Count; other++) Send((Rank + other) % Count, own);
            byte[][] all = new byte[Count][];
            for (int r = 0; r < Count; r++)
            {
                if (r == Rank)
                {
                    all[r] = own.ToArray();
                    continue;
                }

                using MachineMessage message = Take(r);
                all[r] = message.Bytes.ToArray();
            }

            return all;
        }
        catch (Exception lost) when (IsLost(lost))
        {
            throw Lost(lost);
        }
    }

    /// <summary>Tells the other processes that this one cannot go on, and why: they end with that message.</summary>
    /// <param name="reason">Why.</param>
    public void Abort(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        lock (guard) leaving = true;
        Tell(MachineLink.Failure, $"Machine {Rank + 1} of {Count} has ended: {reason}");
    }

    /// <summary>Leaves: what the others still wait for from this process fails there.</summary>
    public void Dispose()
    {
        lock (guard) leaving = true;
        Tell(MachineLink.Leaving, "");
        thread?.End();
        thread = null;
        for (int r = 0; r < links.Length; r++)
        {
            links[r]?.Dispose();
            links[r] = null;
        }
    }

    /// <summary>Sends bytes to another process.</summary>
    internal void Send(int rank, ReadOnlySpan<byte> bytes) =>
        (links[rank] ?? throw new ObjectDisposedException(nameof(LightGbmMachines))).Send(MachineLink.Data, bytes);

    /// <summary>The next bytes of another process.</summary>
    internal MachineMessage Take(int rank) => (links[rank] ?? throw new ObjectDisposedException(nameof(LightGbmMachines))).Take(failed.Token);

    /// <summary>Whether an exception says that a connection has ended.</summary>
    internal static bool IsLost(Exception problem) => problem is OperationCanceledException or IOException or ObjectDisposedException;

    /// <summary>Says whose connection it was.</summary>
    internal LightGbmException Lost(Exception cause)
    {
        // Who says that it leaves has said why before, if it failed. Else the link that ended says so a moment later than the call that noticed it.
        bool said = cause is MachineLeftException { InnerException: InvalidOperationException };
        if (!said) failed.Token.WaitHandle.WaitOne(Moment);
        string gone = cause is MachineLeftException ? cause.Message : $"The connection to the other machines was lost: {cause.Message}";
        return new LightGbmException(failure ?? gone, cause);
    }

    /// <summary>Where this process's rows stand among those of all, process by process, and how many there are together.</summary>
    internal (int Before, int All) Place(int rows)
    {
        long before = 0, all = 0;
        byte[][] counts = Gather(BitConverter.GetBytes(rows));
        for (int r = 0; r < counts.Length; r++)
        {
            int there = BitConverter.ToInt32(counts[r]);
            if (r < Rank) before += there;
            all += there;
        }

        return all <= int.MaxValue ? ((int)before, (int)all)
            : throw new UnusableDataException($"The machines have {all} rows together, and LightGBM can count to {int.MaxValue}. Take a sample of them.");
    }

    /// <summary>Runs a training on the one thread that is connected to the other machines: LightGBM keeps its network per thread.</summary>
    internal T Run<T>(Func<T> work)
    {
        if (Count == 1) return work();
        if (failure is not null) throw new LightGbmException(failure);
        thread ??= new MachineThread(this);
        T made = thread.Run(work);
        // Nobody has the model before all have it.
        Gather([]);
        return made;
    }

    private static DnsEndPoint Place(string machine)
    {
        int colon = machine.LastIndexOf(':');
        string host = colon > 0 ? machine[..colon] : "";
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal)) host = "";
        return host.Length > 0 && int.TryParse(machine.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port is > 0 and <= 65_535
            ? new DnsEndPoint(host, port)
            : throw new FormatException($"A machine is HOST:PORT, as in 10.0.0.1:5000; '{machine}' is not.");
    }

    /// <summary>Another process has failed or is gone.</summary>
    private void Failed(string message)
    {
        lock (guard)
        {
            if (leaving || failure is not null) return;
            failure = message;
        }

        failed.Cancel();
    }

    private void Tell(byte kind, string text)
    {
        foreach (MachineLink? link in links)
        {
            try
            {
                link?.Send(kind, Encoding.UTF8.GetBytes(text));
            }
            catch (Exception gone) when (IsLost(gone))
            {
                // It will not miss the message.
            }
        }
    }
}
