using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Counterweight.Report;

/// <summary>Writes a report as one HTML page that needs no network.</summary>
/// <remarks>
/// What comes from the user's data is embedded as JSON whose escapes cannot end the element, and the page shows it as text nodes only. A content
/// security policy lets no script run but the two of the page, and nothing be loaded.
/// </remarks>
internal static class ReportPage
{
    internal const string FileName = "report.html";

    /// <summary>Writes the page and the JSON document beside it, each whole or not at all.</summary>
    internal static ReportFiles Write(string folder, ReportModel model, string documentName, Action<Stream> document)
    {
        string page = Path.Combine(folder, FileName), json = Path.Combine(folder, documentName);
        AtomicFile.Write(json, stream =>
        {
            document(stream);
            stream.WriteByte((byte)'\n');
        });
        AtomicFile.Write(page, stream => Write(stream, model));
        return new(page, json);
    }

    internal static void Write(Stream stream, ReportModel model)
    {
        string charts = Asset("echarts.min.js"), script = Asset("report.js");
        var parts = new Dictionary<string, string>
        {
            ["policy"] = $"default-src 'none'; script-src {Hash(charts)} {Hash(script)}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
                + $"form-action 'none'",
            ["style"] = Asset("report.css"),
            ["advice"] = HtmlEncoder.Default.Encode(model.Advice),
            ["data"] = JsonSerializer.Serialize(model, ReportJson.Default.ReportModel),
            ["charts"] = charts,
            ["script"] = script,
        };
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
        string template = Asset("report.html");
        int at = 0;
        while (template.IndexOf("{{", at, StringComparison.Ordinal) is int open and >= 0)
        {
            int close = template.IndexOf("}}", open, StringComparison.Ordinal);
            writer.Write(template.AsSpan(at, open - at));
            writer.Write(parts[template[(open + 2)..close]]);
            at = close + 2;
        }

        writer.Write(template.AsSpan(at));
    }

    private static string Hash(string script) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'";

    private static string Asset(string name)
    {
        using Stream stream = typeof(ReportPage).Assembly.GetManifestResourceStream($"Report/{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
