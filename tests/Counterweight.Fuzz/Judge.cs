using System.Reflection;
using System.Text.RegularExpressions;
using Counterweight.Cli;
using Counterweight.Comparison;

namespace Counterweight.Fuzz;

/// <summary>
/// The rule: any bytes end in a result, or in an exception of the library's own that a verb turns into a sentence and exit 2 or 3; never in another exception,
/// in a hang, or in memory without bound.
/// </summary>
internal static partial class Judge
{
    private const long MostAllocated = 1L << 30;

    /// <summary>Of the processor's time, and of the clock's: a machine with other work to do is no hang.</summary>
    private const int MostSeconds = 10, MostWaited = 300;

    /// <summary>What is wrong with how an input ended; null if nothing is.</summary>
    internal static string? Wrong(Action<byte[]> read, byte[] input)
    {
        long before = GC.GetTotalAllocatedBytes();
        Exception? thrown = null;
        var work = new Thread(() =>
        {
            try
            {
                read(input);
            }
            catch (Exception any)
            {
                thrown = any;
            }
        })
        { IsBackground = true };
        work.Start();
        TimeSpan used = Environment.CpuUsage.TotalTime;
        for (int waited = 0; !work.Join(TimeSpan.FromSeconds(1)); waited++)
        {
            double seconds = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
            if (seconds > MostSeconds || waited > MostWaited) return $"a hang: no end after {seconds:0} s of the processor's";
        }

        long allocated = GC.GetTotalAllocatedBytes() - before;
        if (thrown is not null && !IsOwn(thrown)) return thrown.ToString();
        return allocated > MostAllocated ? $"memory: {allocated >> 20} MB for {input.Length} bytes" : null;
    }

    /// <summary>What is the same in two ways to end wrongly: the kind of the exception, and the first place in our code.</summary>
    internal static string Kind(string wrong)
    {
        string first = wrong.Split(':', 2)[0];
        return first + (Place().Match(wrong) is { Success: true } place ? place.Value : "");
    }

    private static bool IsOwn(Exception thrown) => thrown switch
    {
        UnusableDataException or UsageException or TrainerException or RemedyRefusedException => true,
        // Its message is a sentence of ours, if we threw it.
        FormatException => thrown.TargetSite?.DeclaringType?.Assembly != typeof(object).Assembly,
        AggregateException { InnerException: Exception inner } => IsOwn(inner),
        TargetInvocationException { InnerException: Exception inner } => IsOwn(inner),
        _ => false,
    };

    [GeneratedRegex(@"at Counterweight\.[^(]+")]
    private static partial Regex Place();
}
