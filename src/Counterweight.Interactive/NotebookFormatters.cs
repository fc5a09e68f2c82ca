using Counterweight.Comparison;
using Microsoft.DotNet.Interactive.Formatting;

namespace Counterweight.Interactive;

/// <summary>Shows Counterweight's results as HTML in Polyglot Notebooks.</summary>
/// <remarks>A notebook that loads the package with <c>#r "nuget: Counterweight.Interactive"</c> calls <see cref="Register"/> by itself.</remarks>
/// <example>
/// <code>
/// NotebookFormatters.Register();
/// string html = ClassWeights.Balanced(ClassCounts.From([900, 100])).ToDisplayString("text/html");
/// </code>
/// </example>
public static class NotebookFormatters
{
    /// <summary>
    /// Registers the formatters of <see cref="ClassCounts"/>, <see cref="ClassWeights"/>, <see cref="ConfusionMatrix"/>, <see cref="ClassScores"/>,
    /// <see cref="MetricInterval"/>, <see cref="Diagnosis"/> and <see cref="ComparisonResult"/>. Labels and names are shown as text, whatever is in them.
    /// </summary>
    public static void Register()
    {
        Add<ClassCounts>(NotebookHtml.Of);
        Add<ClassWeights>(NotebookHtml.Of);
        Add<ConfusionMatrix>(NotebookHtml.Of);
        Add<ClassScores>(NotebookHtml.Of);
        Add<MetricInterval>(NotebookHtml.Of);
        Add<Diagnosis>(NotebookHtml.Of);
        Add<ComparisonResult>(NotebookHtml.Of);
    }

    private static void Add<T>(Func<T, string> html) => Formatter.Register<T>((value, writer) => writer.Write(html(value)), HtmlFormatter.MimeType);
}
