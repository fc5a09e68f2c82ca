using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;

namespace Counterweight.LightGbm;

/// <summary>How processes find each other: all connect to the first, which tells them where everyone is; then every two of the others connect.</summary>
/// <param name="places">Where each process is; null for those that only come.</param>
/// <param name="rank">Which one this is.</param>
/// <param name="terms">What all have to say.</param>
/// <param name="cancellation">Ends the waiting.</param>
internal sealed class MachineMeeting(IReadOnlyList<DnsEndPoint?> places, int rank, string terms, CancellationToken cancellation)
{
    private const string Greeting = "counterweight machines 1";
    private const int MostGreeting = 1 << 20, GreetingMilliseconds = 5000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private readonly MachineLink?[] links = new MachineLink?[places.Count];

    /// <summary>The others did not come.</summary>
    internal sealed class MissingException(string message) : OperationCanceledException(message);

    private int Count => places.Count;

    /// <summary>A link to each other process.</summary>
    internal MachineLink?[] Links()
    {
        if (Count == 1) return links;
        try
        {
            // Open before anyone is told of it.
            using TcpListener listener = Listener(places[rank]);
            using CancellationTokenRegistration end = cancellation.Register(() => Array.ForEach(links, l => l?.Dispose()));
            if (rank == 0) Host(listener);
            else Visit(listener);
            return links;
        }
        catch (Exception problem)
        {
            foreach (MachineLink? link in links)
            {
                try
                {
                    if (problem is not OperationCanceledException) link?.Send(MachineLink.Failure, Encoding.UTF8.GetBytes(problem.Message));
                }
                catch (Exception gone) when (LightGbmMachines.IsLost(gone))
                {
                    // It has ended already.
                }

                link?.Dispose();
            }

            throw;
        }
    }

    private void Host(TcpListener listener)
    {
        var arrived = new (IPAddress Seen, IPAddress Here, int Port)[Count];
        Accept(
            listener, Enumerable.Range(1, Count - 1),
            (r, socket, port) => arrived[r] = (Address(socket.RemoteEndPoint), Address(socket.LocalEndPoint), port));

        // A process on the first one's machine may be seen at an address that means another machine elsewhere.
        IPAddress? here = Array.Find(arrived, a => a.Seen is not null && !IPAddress.IsLoopback(a.Seen)).Here;
        string list = string.Join('\n', arrived.Select((a, r) => r == 0 ? "" : places[r] is { } listed ? $"{listed.Host}\t{listed.Port}"
            : $"{(IPAddress.IsLoopback(a.Seen) && here is not null ? here : a.Seen)}\t{a.Port}"));
        for (int r = 1; r < Count; r++) links[r]!.Send(MachineLink.Data, Encoding.UTF8.GetBytes(list));
    }

    private void Visit(TcpListener listener)
    {
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        DnsEndPoint first = places[0]!;
        Connect(0, first, port);
        string[] list;
        try
        {
            (byte kind, MachineMessage message) = links[0]!.Read(MostGreeting);
            string text = Encoding.UTF8.GetString(message.Bytes);
            message.Dispose();
            if (kind != MachineLink.Data) throw new LightGbmException(text);
            list = text.Split('\n');
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or InvalidDataException)
        {
            if (cancellation.IsCancellationRequested) throw new MissingException($"{links[0]!.Name} still waits for others, and the time is up.");
            throw new LightGbmException(
                $"{links[0]!.Name} ended the connection. Does another machine have the same rank, {rank}, or does something else listen on that port?", gone);
        }

        for (int r = rank + 1; r < Count; r++)
        {
            string[] place = list[r].Split('\t');
            Connect(r, new DnsEndPoint(place[0], int.Parse(place[1], CultureInfo.InvariantCulture)), port);
        }

        Accept(listener, Enumerable.Range(1, rank - 1), (_, _, _) => { });
    }

    private void Connect(int other, DnsEndPoint place, int port)
    {
        string name = $"Machine {other + 1} of {Count} ({place.Host}:{place.Port})";
        links[other] = new MachineLink(Connected(place, name)) { Name = name };
        links[other]!.Send(MachineLink.Data, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{Greeting}\n{Count}\n{rank}\n{port}\n{terms}")));
    }

    /// <summary>Waits for processes to come; what else comes is sent away.</summary>
    private void Accept(TcpListener listener, IEnumerable<int> ranks, Action<int, Socket, int> came)
    {
        HashSet<int> missing = [.. ranks];
        while (missing.Count > 0)
        {
            Socket socket = Accepted(listener, missing);
            var link = new MachineLink(socket);
            if (Greet(socket, link) is not var (other, port) || !missing.Remove(other))
            {
                link.Dispose();
                continue;
            }

            link.Name = $"Machine {other + 1} of {Count} ({(places[other] is { } p ? $"{p.Host}:{p.Port}" : Address(socket.RemoteEndPoint))})";
            links[other] = link;
            came(other, socket, port);
        }
    }

    private Socket Accepted(TcpListener listener, HashSet<int> missing)
    {
        try
        {
            return listener.AcceptSocketAsync(cancellation).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            string who = string.Join(", ", missing.Order().Take(5).Select(r => places[r] is { } p ? $"{r + 1} ({p.Host}:{p.Port})" : $"{r + 1}"));
            throw new MissingException($"Of {Count} machines, {missing.Count} did not come to {places[0]!.Host}:{places[0]!.Port}: {who}"
                + $"{(missing.Count > 5 ? ", ..." : "")}. Each needs the same command, with its own rank.");
        }
    }

    /// <summary>Reads who has come; null for something that is no machine of this training.</summary>
    private (int Rank, int Port)? Greet(Socket socket, MachineLink link)
    {
        try
        {
            socket.ReceiveTimeout = GreetingMilliseconds;
            (_, MachineMessage message) = link.Read(MostGreeting);
            string[] said = Encoding.UTF8.GetString(message.Bytes).Split('\n', 5);
            message.Dispose();
            socket.ReceiveTimeout = 0;
            if (said.Length != 5 || said[0] != Greeting || !int.TryParse(said[2], out int other) || !int.TryParse(said[3], out int port)) return null;
            string? differs = said[1] != Count.ToString(CultureInfo.InvariantCulture) || other < 0 || other >= Count
                ? $"{said[1]} machines where the first names {Count}"
                : said[4] != terms ? $"'{said[4]}' where the first has '{terms}'" : null;
            if (differs is null) return (other, port);
            string problem = $"Machine {other + 1} was started with {differs}. All need the same command, but for the rank.";
            link.Send(MachineLink.Failure, Encoding.UTF8.GetBytes(problem));
            throw new LightGbmException(problem);
        }
        catch (Exception stranger) when (stranger is IOException or InvalidDataException)
        {
            return null;
        }
    }

    private Socket Connected(DnsEndPoint place, string name)
    {
        while (true)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.ConnectAsync(place, cancellation).AsTask().GetAwaiter().GetResult();
                return socket;
            }
            catch (Exception early) when (early is SocketException or OperationCanceledException)
            {
                socket.Dispose();
                if (cancellation.WaitHandle.WaitOne(Pause)) throw new MissingException($"{name} cannot be reached: {early.Message}");
            }
        }
    }

    private static TcpListener Listener(DnsEndPoint? place)
    {
        // Only where the others are told to come, if that is an address of this machine; a name may stand for something in front of it.
        bool listed = IPAddress.TryParse(place?.Host, out IPAddress? address) && (IPAddress.IsLoopback(address) || NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses).Any(a => a.Address.Equals(address)));
        TcpListener listener = listed ? new TcpListener(address!, place!.Port) : TcpListener.Create(place?.Port ?? 0);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException taken)
        {
            listener.Dispose();
            throw new LightGbmException($"Nothing can be received at {place!.Host}:{place.Port}: {taken.Message}. Name another port.", taken);
        }
    }

    private static IPAddress Address(EndPoint? end) => ((IPEndPoint)end!).Address is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4()
        : ((IPEndPoint)end).Address;
}
