using System.Diagnostics;
using System.Globalization;

namespace Counterweight.Cli;

/// <summary>Warnings, errors and progress on standard error. On a terminal progress redraws one line; elsewhere it is a plain line now and then.</summary>
internal sealed class Messages(bool quiet)
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10), TerminalInterval = TimeSpan.FromMilliseconds(100);

    private readonly bool terminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly Lock gate = new();
    private TimeSpan last = TimeSpan.MinValue;
    private int drawn;

    /// <summary>Something the user should know although the run goes on.</summary>
    internal void Warn(string text) => Line("warning", text);

    /// <summary>A remark, such as where a file was written.</summary>
    internal void Note(string text) => Line(null, text);

    /// <summary>How far the work is.</summary>
    /// <param name="done">Steps finished.</param>
    /// <param name="total">All steps.</param>
    /// <param name="text">What is being done.</param>
    internal void Progress(long done, long total, string text)
    {
        if (quiet) return;
        lock (gate)
        {
            TimeSpan now = clock.Elapsed;
            if (done < total && last != TimeSpan.MinValue && now - last < (terminal ? TerminalInterval : PlainInterval)) return;
            last = now;
            string line = string.Create(
                CultureInfo.InvariantCulture, $"{(total == 0 ? 100 : 100 * done / total),3} %  {Visible.Line(text)}{Remaining(done, total, now)}");
            if (!terminal)
            {
                Console.Error.WriteLine(line);
                return;
            }

            int width = Terminals.Width(redirected: false) - 1;
            if (line.Length > width) line = line[..width];
            Console.Error.Write($"\r{line.PadRight(drawn)}");
            drawn = line.Length;
            if (done >= total) Clear();
        }
    }

    /// <summary>Writes an error; errors are never quiet.</summary>
    internal static void Error(string text) => Write("error", text, ConsoleColor.Red);

    private void Line(string? kind, string text)
    {
        if (quiet) return;
        lock (gate)
        {
            Clear();
            Write(kind, text, ConsoleColor.Yellow);
        }
    }

    private void Clear()
    {
        if (drawn > 0) Console.Error.Write($"\r{new string(' ', drawn)}\r");
        drawn = 0;
    }

    private static void Write(string? kind, string text, ConsoleColor color)
    {
        text = Visible.Line(text);
        bool colored = kind is not null && !Console.IsErrorRedirected && !Terminals.NoColor;
        if (colored) Console.Error.Write($"\e[{(color == ConsoleColor.Red ? 31 : 33)}m{kind}:\e[0m {text}\n");
        else Console.Error.Write($"{(kind is null ? "" : $"{kind}: ")}{text}\n");
    }

    private static string Remaining(long done, long total, TimeSpan elapsed)
    {
        if (done <= 0 || done >= total || elapsed < TimeSpan.FromSeconds(2)) return "";
        TimeSpan left = elapsed * ((double)(total - done) / done);
        return left.TotalMinutes >= 1
            ? string.Create(CultureInfo.InvariantCulture, $", about {Math.Ceiling(left.TotalMinutes):F0} min left")
            : string.Create(CultureInfo.InvariantCulture, $", about {Math.Ceiling(left.TotalSeconds):F0} s left");
    }
}
