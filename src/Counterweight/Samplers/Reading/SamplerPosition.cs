using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Counterweight;

/// <summary>A place in a sampler's sequence that can be saved and resumed from.</summary>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="Index">The next index to hand out in it, from 0.</param>
/// <remarks>Its text is <c>epoch:index</c>, as in <c>3:1024</c>, and reads back.</remarks>
public readonly record struct SamplerPosition(long Epoch, long Index) : IParsable<SamplerPosition>
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}:{Index}");

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used: the text does not depend on a culture.</param>
    /// <exception cref="FormatException">The text is not of the form <c>3:1024</c>.</exception>
    public static SamplerPosition Parse(string s, IFormatProvider? provider = null) => TryParse(s, provider, out SamplerPosition position)
        ? position
        : throw new FormatException($"'{s}' is not a sampler position; it has the form epoch:index, such as 3:1024.");

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used: the text does not depend on a culture.</param>
    /// <param name="result">The position, if the text is one.</param>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SamplerPosition result)
    {
        result = default;
        string[] parts = s?.Split(':') ?? [];
        if (parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long epoch)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long index)) return false;
        result = new(epoch, index);
        return true;
    }
}
