using System.Globalization;

namespace Counterweight.Cli;

/// <summary>Times as options take them: 90s, 5m, 1h.</summary>
internal static class Durations
{
    /// <summary>Reads one; null if none is given.</summary>
    /// <param name="text">The time; a number alone is seconds.</param>
    /// <param name="option">The option's name, for the message.</param>
    internal static TimeSpan? Parse(string? text, string option)
    {
        if (text is null) return null;
        string trimmed = text.Trim();
        (double unit, int suffix) = trimmed.Length == 0 ? (1, 0) : trimmed[^1] switch { 's' => (1, 1), 'm' => (60, 1), 'h' => (3600, 1), _ => (1, 0) };
        return double.TryParse(trimmed[..^suffix], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && value * unit < 1e7
            ? TimeSpan.FromSeconds(value * unit)
            : throw new UsageException($"{option} is a time such as 90s, 5m or 1h; '{text}' is not.");
    }
}
