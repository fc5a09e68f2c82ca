using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Counterweight.LightGbm;

/// <summary>
/// The thread of a process on which its trainings run, and whose LightGBM is connected to the other machines: LightGBM asks for two things, to gather blocks
/// and to reduce them, and gets them over the links.
/// </summary>
internal sealed unsafe class MachineThread
{
    [ThreadStatic] private static MachineThread? current;

    private readonly LightGbmMachines machines;
    private readonly BlockingCollection<Action> work = [];
    private readonly Thread thread;
    private bool connected, rests;
    private Action<Exception>? lost;

    internal MachineThread(LightGbmMachines machines)
    {
        this.machines = machines;
        thread = new Thread(Work) { IsBackground = true, Name = "training on machines" };
        thread.Start();
    }

    /// <summary>Runs a training on the thread and waits for it.</summary>
    internal T Run<T>(Func<T> training)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        work.Add(() =>
        {
            lost = problem => done.SetException(problem);
            try
            {
                Connect();
                done.SetResult(training());
            }
            catch (Exception problem)
            {
                done.SetException(problem);
            }
        });
        try
        {
            return done.Task.Result;
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerException!);
            throw;
        }
    }

    /// <summary>Ends the thread, unless it rests in native code.</summary>
    internal void End()
    {
        work.CompleteAdding();
        if (!rests) thread.Join();
    }

    private void Work()
    {
        current = this;
        foreach (Action action in work.GetConsumingEnumerable()) action();
        if (connected) _ = NativeMethods.LGBM_NetworkFree();
    }

    private void Connect()
    {
        if (connected) return;
        // No stretch of its own: another machine of this process may be in the middle of one, and wait there for this.
        NativeLog.Register();
        NativeCall.Check(NativeMethods.LGBM_NetworkInitWithFunctions(machines.Count, machines.Rank, &ReduceScatter, &Allgather));
        connected = true;
    }

    /// <summary>Every process has all blocks and ends with its own, reduced over all processes in their order.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReduceScatter(
        byte* input, int inputSize, int typeSize, int* starts, int* lengths, int blocks, byte* output, int outputSize,
        delegate* unmanaged[Cdecl]<byte*, byte*, int, int, void>* reducer)
    {
        MachineThread own = current!;
        LightGbmMachines machines = own.machines;
        try
        {
            int rank = machines.Rank, length = lengths[rank];
            for (int other = 1; other < blocks; other++)
            {
                int r = (rank + other) % blocks;
                machines.Send(r, new ReadOnlySpan<byte>(input + starts[r], lengths[r]));
            }

            // The output may lie over the input.
            byte[] kept = new ReadOnlySpan<byte>(input + starts[rank], length).ToArray();
            for (int r = 0; r < blocks; r++)
            {
                if (r == rank)
                {
                    own.Reduce(kept, output, typeSize, length, r, *reducer);
                    continue;
                }

                using MachineMessage message = machines.Take(r);
                own.Reduce(message.Bytes, output, typeSize, length, r, *reducer);
            }
        }
        catch (Exception problem)
        {
            own.Rest(problem);
        }
    }

    /// <summary>Every process has a block and ends with all.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Allgather(byte* input, int inputSize, int* starts, int* lengths, int blocks, byte* output, int outputSize)
    {
        MachineThread own = current!;
        LightGbmMachines machines = own.machines;
        try
        {
            int rank = machines.Rank;
            byte[] kept = new ReadOnlySpan<byte>(input, inputSize).ToArray();
            for (int other = 1; other < blocks; other++) machines.Send((rank + other) % blocks, kept);
            kept.CopyTo(new Span<byte>(output + starts[rank], inputSize));
            for (int r = 0; r < blocks; r++)
            {
                if (r == rank) continue;
                using MachineMessage message = machines.Take(r);
                Check(message.Bytes.Length, lengths[r]);
                message.Bytes.CopyTo(new Span<byte>(output + starts[r], lengths[r]));
            }
        }
        catch (Exception problem)
        {
            own.Rest(problem);
        }
    }

    private void Reduce(
        ReadOnlySpan<byte> block, byte* output, int typeSize, int length, int rank, delegate* unmanaged[Cdecl]<byte*, byte*, int, int, void> reducer)
    {
        Check(block.Length, length);
        if (rank == 0) block.CopyTo(new Span<byte>(output, length));
        else
            fixed (byte* from = block) reducer(from, output, typeSize, length);
    }

    private static void Check(int found, int expected)
    {
        if (found != expected)
            throw new LightGbmException($"The machines are out of step: one has sent {found} bytes where {expected} were expected. Do they have the same "
                + $"columns?");
    }

    /// <summary>
    /// Ends the training, but not the thread: no exception can leave through LightGBM, and with what is not there it cannot go on. It gives its place among the
    /// native calls back and rests until the process ends.
    /// </summary>
    private void Rest(Exception problem)
    {
        rests = true;
        Exception told = LightGbmMachines.IsLost(problem) ? machines.Lost(problem) : problem;
        NativeCall.Leave();
        lost!(told);
        Thread.Sleep(Timeout.Infinite);
    }
}
