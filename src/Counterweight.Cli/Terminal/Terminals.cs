using System.Globalization;
using Spectre.Console;

namespace Counterweight.Cli;

/// <summary>The two consoles: results on standard output, messages on standard error.</summary>
internal static class Terminals
{
    private const int DefaultWidth = 80;

    internal static bool NoColor => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        || Environment.GetEnvironmentVariable("TERM") == "dumb";

    /// <summary>The columns of a line: COLUMNS if set, else the terminal's, else 80.</summary>
    internal static int Width(bool redirected)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int columns)
            && columns is >= 20 and <= 10_000)
            return columns;
        if (redirected) return DefaultWidth;
        try
        {
            return Console.WindowWidth > 20 ? Console.WindowWidth : DefaultWidth;
        }
        catch (IOException)
        {
            return DefaultWidth;
        }
    }

    internal static IAnsiConsole Output() => Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>A console that shows nothing.</summary>
    internal static IAnsiConsole Nowhere() => Create(TextWriter.Null, redirected: true);

    internal static IAnsiConsole Error() => Create(Console.Error, Console.IsErrorRedirected);

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        bool plain = redirected || NoColor;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        console.Profile.Width = Width(redirected);
        console.Profile.Capabilities.Unicode = true;
        return console;
    }
}
