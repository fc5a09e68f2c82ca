using System.Runtime.InteropServices;
using System.Text;

namespace Counterweight;

/// <summary>The border between the caller and the library: nothing is thrown across it, and the message of a failure is kept for its thread.</summary>
internal static unsafe partial class Call
{
    private const int LongestMessage = 16_384;

    private static readonly int Home = ProcessId();

    private static int wanted;

    [ThreadStatic]
    private static byte[]? message;

    /// <summary>How many threads the caller allows; 0 for every processor.</summary>
    internal static int Wanted
    {
        get => Volatile.Read(ref wanted);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Volatile.Write(ref wanted, value);
        }
    }

    /// <summary>The number of threads of a call. A process that was forked has the memory of its parent but none of its threads, so that work given to others
    /// would never be done: there everything is done by the caller.</summary>
    internal static int Threads => IsForked ? 1 : Wanted;

    /// <summary>Whether this process was forked from one that had loaded the library.</summary>
    internal static bool IsForked => ProcessId() != Home;

    /// <summary>Runs a function of the interface.</summary>
    /// <param name="body">What it does.</param>
    internal static int Run(Action body)
    {
        try
        {
            Counterweight.Threads.Most = IsForked ? 1 : int.MaxValue;
            body();
            return Status.Ok;
        }
#pragma warning disable CA1031 // nothing may cross the border
        catch (Exception problem)
#pragma warning restore CA1031
        {
            Exception cause = problem is AggregateException { InnerExceptions: [Exception only, ..] } ? only : problem;
            try
            {
                Keep(Words(cause));
            }
            catch (OutOfMemoryException)
            {
                return Status.NoMemory;
            }

            return cause switch
            {
                UnusableDataException => Status.BadData,
                ArgumentException or FormatException or OverflowException or InvalidOperationException => Status.BadArgument,
                OutOfMemoryException => Status.NoMemory,
                _ => Status.Fault,
            };
        }
    }

    /// <summary>The message of the last failure on this thread, UTF-8 and ended by a zero; empty before the first.</summary>
    internal static byte* LastError()
    {
        message ??= GC.AllocateArray<byte>(LongestMessage, pinned: true);
        return (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(message, 0);
    }

    private static void Keep(string text)
    {
        LastError();
        Span<byte> room = message.AsSpan(0, LongestMessage - 1);
        Encoding.UTF8.GetEncoder().Convert(text, room, true, out _, out int written, out _);
        message![written] = 0;
    }

    /// <summary>The sentence itself, without the name of the parameter in this library that .NET puts behind it.</summary>
    private static string Words(Exception problem)
    {
        if (problem is OutOfMemoryException) return "There is not enough memory for the result.";
        string text = problem.Message;
        if (problem is not ArgumentException { ParamName: string name }) return text;
        int end = text.IndexOf($" (Parameter '{name}')", StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }

    // Environment.ProcessId keeps its first answer, which a forked process inherits.
    [LibraryImport("libc", EntryPoint = "getpid")]
    [SuppressGCTransition]
    private static partial int ProcessId();
}
