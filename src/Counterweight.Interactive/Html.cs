using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Counterweight.Interactive;

/// <summary>Writes HTML: every text is encoded, and texts of the data keep their direction to themselves.</summary>
internal sealed class Html
{
    private const int LongestName = 80;

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder text = new();

    /// <summary>Writes markup of the program's own.</summary>
    internal Html Markup(string markup)
    {
        text.Append(markup);
        return this;
    }

    /// <summary>Writes text of the program's own.</summary>
    internal Html Text(string plain) => Markup(Encoder.Encode(plain));

    /// <summary>Writes a name of the data: encoded, on one line, shortened if it is very long.</summary>
    internal Html Name(string name)
    {
        var letters = new StringInfo(string.Concat(name.Select(c => char.IsControl(c) ? ' ' : c)));
        return Markup("<bdi>").Text(
            letters.LengthInTextElements <= LongestName ? letters.String : $"{letters.SubstringByTextElements(0, LongestName - 1)}\u2026").Markup("</bdi>");
    }

    internal Html Line(string plain) => Markup("<p>").Text(plain).Markup("</p>");

    internal Html Begin(string caption, params ReadOnlySpan<string> columns)
    {
        Markup("<table><caption>").Text(caption).Markup("</caption><thead><tr>");
        foreach (string column in columns) Markup("<th scope=\"col\">").Text(column).Markup("</th>");
        return Markup("</tr></thead><tbody>");
    }

    internal Html Row(string name) => Markup("<tr><th scope=\"row\">").Name(name).Markup("</th>");

    internal Html Cell(string plain) => Markup("<td>").Text(plain).Markup("</td>");

    internal Html Cell(double value) => Cell(Number(value));

    internal Html Count(double value) => Cell(value.ToString("#,0.##", CultureInfo.InvariantCulture));

    internal Html Percent(double share) => Cell(Share(share));

    /// <summary>A bar as long as a share of the largest.</summary>
    internal Html Bar(double share) => Markup(string.Create(
        CultureInfo.InvariantCulture,
        $"<td><div style=\"width:120px\"><div style=\"width:{100 * Math.Clamp(share, 0, 1):0.#}%;height:10px;background:#3d85d8\"></div></div></td>"));

    internal Html EndRow() => Markup("</tr>");

    internal Html End() => Markup("</tbody></table>");

    public override string ToString() => text.ToString();

    internal static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.##}%");

    internal static string Number(double value) => double.IsNaN(value) ? "\u2013" : Math.Abs(value) is 0 or (>= 0.001 and < 100_000)
        ? value.ToString("0.####", CultureInfo.InvariantCulture)
        : value.ToString("G4", CultureInfo.InvariantCulture);
}
