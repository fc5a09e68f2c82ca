using System.Globalization;
using System.Text.RegularExpressions;

namespace Counterweight.Comparison;

/// <summary>What the header of a <c>.npy</c> file says.</summary>
/// <param name="Kind"><c>f</c>, <c>i</c>, <c>u</c> or <c>b</c>.</param>
/// <param name="Bytes">The bytes of a number.</param>
/// <param name="BigEndian">Whether the first byte is the heaviest.</param>
/// <param name="FortranOrder">Whether the first axis runs fastest.</param>
/// <param name="Shape">The length of every axis.</param>
internal sealed partial record NpyHeader(char Kind, int Bytes, bool BigEndian, bool FortranOrder, long[] Shape)
{
    /// <summary>Reads the dictionary of a header.</summary>
    /// <exception cref="FormatException">It is none, or the numbers are of a type that is no real number.</exception>
    internal static NpyHeader Parse(string text)
    {
        Match type = Type().Match(text), order = Order().Match(text), shape = Axes().Match(text);
        if (!type.Success || !order.Success || !shape.Success) throw new FormatException($"the header of the .npy file is damaged: {text.Trim()}");
        string code = type.Groups[1].Value;
        Match number = Number().Match(code);
        if (!number.Success)
            throw new FormatException($"the array holds '{code}', and numbers are expected: save it as float32 or float64, as in scores.astype('float32')");
        long[] axes = [.. shape.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(a => long.TryParse(a.TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out long axis) ? axis
                : throw new FormatException($"the header of the .npy file is damaged: '{a}' is the length of no axis"))];
        return new NpyHeader(number.Groups[2].Value[0], int.Parse(number.Groups[3].Value, CultureInfo.InvariantCulture), number.Groups[1].Value == ">",
            order.Groups[1].Value == "True", axes);
    }

    [GeneratedRegex("""['"]descr['"]\s*:\s*['"]?(.+?)['"]?\s*,\s*['"]""")]
    private static partial Regex Type();

    [GeneratedRegex("""['"]fortran_order['"]\s*:\s*(True|False)""")]
    private static partial Regex Order();

    [GeneratedRegex("""['"]shape['"]\s*:\s*\(([0-9L,\s]*)\)""")]
    private static partial Regex Axes();

    [GeneratedRegex("^([<>|=]?)(f(?=[248]$)|i(?=[1248]$)|u(?=[1248]$)|b(?=1$))([1248])$")]
    private static partial Regex Number();
}
