using System.ComponentModel;
using System.Diagnostics;

namespace Counterweight.Cli;

/// <summary>Shows a text that is longer than the terminal a page at a time, as man and git do: by the command in PAGER, else by less.</summary>
internal static class Pager
{
    internal static void Write(string text)
    {
        if (Command(text) is not string command || !Shown(command, text)) Console.Out.Write(text);
    }

    /// <summary>What shows the pages; null where the text goes out as it is: it fits, nobody sits at a terminal, or PAGER is empty or cat.</summary>
    private static string? Command(string text)
    {
        if (OperatingSystem.IsWindows() || Console.IsOutputRedirected || Console.IsInputRedirected) return null;
        if (Environment.GetEnvironmentVariable("TERM") == "dumb") return null;
        string? own = Environment.GetEnvironmentVariable("PAGER");
        return own is "" or "cat" || text.Count(c => c == '\n') < Console.WindowHeight ? null : own ?? "less";
    }

    private static bool Shown(string command, string text)
    {
        // PAGER is a command line for a shell; less is started by itself, so that a system without it is found out.
        ProcessStartInfo start = command == "less" ? new("less") : new("sh", ["-c", command]);
        start.RedirectStandardInput = true;
        start.Environment.TryAdd("LESS", "FRX");
        try
        {
            using Process pager = Process.Start(start)!;
            try
            {
                pager.StandardInput.Write(text);
                pager.StandardInput.Close();
            }
            catch (IOException)
            {
                // Who has read enough ends the pager before the last page.
            }

            pager.WaitForExit();
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
