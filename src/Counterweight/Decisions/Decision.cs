using System.Text;
using System.Text.Json;

namespace Counterweight;

/// <summary>
/// A decision with all that is needed to apply it elsewhere: the rule, the names of the classes and of the score columns, and the scale of the scores.
/// Saved as <c>decision.json</c>.
/// </summary>
/// <remarks>
/// Scores are given row by row with <see cref="Columns"/> values each: K probabilities, or for two classes just that of the positive class. With
/// <see cref="ScoresAreLogits"/> they are raw model outputs, which pass through the logistic function or a softmax first.
/// </remarks>
/// <example>
/// <code>
/// Decision decision = Decision.Load("decision.json");
/// int[] classes = decision.Decide([0.08, 0.41]);
/// string[] labels = decision.DecideLabels([0.08, 0.41]);
/// </code>
/// </example>
public sealed class Decision : IDecision
{
    private const string Format = "counterweight-decision";
    private const int Version = 1;

    /// <summary>Creates a decision.</summary>
    /// <param name="rule">The rule on probabilities (N, K).</param>
    /// <param name="labels">The K names of the classes in the order of their codes; null for the codes themselves.</param>
    /// <param name="singleColumn">Whether the scores are a single column, that of the positive class; needs two classes.</param>
    /// <param name="positiveClass">The code of the positive class of a binary problem.</param>
    /// <param name="scoreColumns">The names of the score columns, or null.</param>
    /// <param name="scoresAreLogits">Whether the scores are raw outputs that need a logistic function or softmax.</param>
    /// <param name="origin">Where the decision comes from, for people who read the file: <c>threshold:tuned for f1</c>.</param>
    /// <exception cref="ArgumentException">The numbers of labels, columns and classes do not fit.</exception>
    public Decision(
        IDecision rule, IReadOnlyList<string>? labels = null, bool singleColumn = false, int positiveClass = 1, IReadOnlyList<string>? scoreColumns = null,
        bool scoresAreLogits = false, string? origin = null)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (labels is not null && labels.Count != rule.Classes)
            throw new ArgumentException($"There are {labels.Count} labels and {rule.Classes} classes.", nameof(labels));
        if (singleColumn && rule.Classes != 2)
            throw new ArgumentException($"A single score column is for two classes; there are {rule.Classes}.", nameof(singleColumn));
        if (rule.Classes == 2 && positiveClass is not (0 or 1))
            throw new ArgumentOutOfRangeException(nameof(positiveClass), positiveClass, "The positive class is 0 or 1.");
        (Rule, Labels, PositiveClass) = (rule, labels is null ? [.. Enumerable.Range(0, rule.Classes).Select(c => $"{c}")] : [.. labels], positiveClass);
        (Columns, ScoresAreLogits, Origin) = (singleColumn ? 1 : rule.Classes, scoresAreLogits, origin);
        if (scoreColumns is not null && scoreColumns.Count != Columns)
            throw new ArgumentException($"There are {scoreColumns.Count} names of score columns; the decision reads {Columns}.", nameof(scoreColumns));
        ScoreColumns = scoreColumns is null ? null : [.. scoreColumns];
    }

    /// <summary>The recipes: what the command line and comparisons offer.</summary>
    public static Catalogue<DecisionRecipe> Catalogue { get; } = DecisionRecipes.All();

    /// <summary>The rule on probabilities (N, K).</summary>
    public IDecision Rule { get; }

    /// <inheritdoc/>
    public int Classes => Rule.Classes;

    /// <summary>The K names of the classes.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The number of scores a row has: K, or 1.</summary>
    public int Columns { get; }

    /// <summary>The code of the positive class of a binary problem.</summary>
    public int PositiveClass { get; }

    /// <summary>The names of the score columns, if known.</summary>
    public IReadOnlyList<string>? ScoreColumns { get; }

    /// <summary>Whether the scores are raw outputs that need a logistic function or softmax.</summary>
    public bool ScoresAreLogits { get; }

    /// <summary>Where the decision comes from, if known.</summary>
    public string? Origin { get; }

    /// <inheritdoc/>
    public string Description => Rule.Description;

    /// <summary>Decides rows of scores.</summary>
    /// <param name="scores">Row-major (N, <see cref="Columns"/>).</param>
    /// <returns>N classes 0..K-1.</returns>
    /// <exception cref="ArgumentException">The number of scores is no multiple of the columns.</exception>
    /// <exception cref="UnusableDataException">A score is NaN.</exception>
    public int[] Decide(ReadOnlySpan<double> scores)
    {
        int[] decisions = new int[RowChecks.Shape(scores, Columns)];
        Decide(scores, decisions);
        return decisions;
    }

    /// <summary>Decides rows of scores by the names of the classes.</summary>
    /// <param name="scores">Row-major (N, <see cref="Columns"/>).</param>
    /// <returns>N names.</returns>
    /// <exception cref="ArgumentException">The number of scores is no multiple of the columns.</exception>
    /// <exception cref="UnusableDataException">A score is NaN.</exception>
    public string[] DecideLabels(ReadOnlySpan<double> scores) => Array.ConvertAll(Decide(scores), c => Labels[c]);

    /// <inheritdoc/>
    public void Decide(ReadOnlySpan<double> probabilities, Span<int> decisions, int threads = 0)
    {
        if (Columns == Classes && !ScoresAreLogits)
        {
            Rule.Decide(probabilities, decisions, threads);
            return;
        }

        RowBlocks.Decide(probabilities, Columns, decisions, threads, (rows, results) => Rule.Decide(Probabilities(rows), results, 1));
    }

    /// <summary>The probabilities (N, K) that the rule sees for scores (N, <see cref="Columns"/>).</summary>
    /// <param name="scores">Row-major (N, <see cref="Columns"/>).</param>
    public double[] Probabilities(ReadOnlySpan<double> scores)
    {
        double[] own = scores.ToArray();
        if (ScoresAreLogits) FromLogits(own, Columns);
        return Columns == Classes ? own : BothColumns(own, PositiveClass);
    }

    /// <summary>Turns raw outputs into probabilities in place: the logistic function for one column, a softmax for more.</summary>
    /// <param name="scores">Row-major (N, columns).</param>
    /// <param name="columns">The number of columns.</param>
    public static void FromLogits(Span<double> scores, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        for (int i = 0; i + columns <= scores.Length; i += columns)
        {
            if (columns == 1) scores[i] = LogisticFit.Sigmoid(scores[i]);
            else TemperatureScaling.Softmax(scores.Slice(i, columns));
        }
    }

    /// <summary>Reads a decision file.</summary>
    /// <param name="path">The file, usually <c>decision.json</c>.</param>
    /// <exception cref="UnusableDataException">The file is no decision, or one of a later version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Decision Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>Reads the text of a decision file.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">The name of the file, for messages.</param>
    /// <exception cref="UnusableDataException">The text is no decision, or one of a later version.</exception>
    public static Decision Parse(string json, string? file = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out JsonElement format) || format.GetString() != Format)
                throw new UnusableDataException($"This is no decision file: it does not say \"format\": \"{Format}\".", file);
            int version = root.GetProperty("version").GetInt32();
            if (version != Version)
                throw new UnusableDataException($"The decision file has version {version}; this version of Counterweight reads version {Version}.", file);
            JsonElement scores = root.GetProperty("scores");
            IDecision rule = ReadRule(root.GetProperty("decision"));
            return new(
                rule,
                [.. root.GetProperty("classes").EnumerateArray().Select(e => e.GetString()!)],
                scores.GetProperty("columnsPerRow").GetInt32() == 1,
                root.TryGetProperty("positiveClass", out JsonElement positive) ? positive.GetInt32() : 1,
                scores.TryGetProperty("names", out JsonElement names) ? [.. names.EnumerateArray().Select(e => e.GetString()!)] : null,
                scores.GetProperty("scale").GetString() == "logit",
                root.TryGetProperty("origin", out JsonElement origin) ? origin.GetString() : null);
        }
        catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new UnusableDataException($"The decision file is damaged: {problem.Message} Make it anew with 'counterweight decide'.", file,
                innerException: problem);
        }
    }

    /// <summary>Writes a decision file: to a temporary file first, which then takes the place of the old one, so that no reader sees half a file.</summary>
    /// <param name="path">The file, usually <c>decision.json</c>.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(ToJson())));
    }

    /// <summary>The text of the decision file.</summary>
    /// <exception cref="InvalidOperationException">The rule is of a kind that has no form in a file.</exception>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            writer.WriteStartObject();
            writer.WriteString("format", Format);
            writer.WriteNumber("version", Version);
            if (Origin is not null) writer.WriteString("origin", Origin);
            writer.WriteStartArray("classes");
            foreach (string label in Labels) writer.WriteStringValue(label);
            writer.WriteEndArray();
            if (Classes == 2) writer.WriteNumber("positiveClass", PositiveClass);
            writer.WriteStartObject("scores");
            writer.WriteNumber("columnsPerRow", Columns);
            writer.WriteString("scale", ScoresAreLogits ? "logit" : "probability");
            if (ScoreColumns is not null)
            {
                writer.WriteStartArray("names");
                foreach (string name in ScoreColumns) writer.WriteStringValue(name);
                writer.WriteEndArray();
            }

            writer.WriteEndObject();
            writer.WriteStartObject("decision");
            WriteRule(writer, Rule);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }

    /// <summary>Two columns from the score of the positive class.</summary>
    internal static double[] BothColumns(ReadOnlySpan<double> positive, int positiveClass)
    {
        double[] both = new double[2 * positive.Length];
        for (int i = 0; i < positive.Length; i++)
            (both[2 * i + positiveClass], both[2 * i + 1 - positiveClass]) = (positive[i], 1 - positive[i]);
        return both;
    }

    private static void WriteRule(Utf8JsonWriter writer, IDecision rule)
    {
        switch (rule)
        {
            case ArgmaxDecision argmax:
                writer.WriteString("kind", "argmax");
                writer.WriteNumber("classes", argmax.Classes);
                break;
            case ThresholdDecision threshold:
                writer.WriteString("kind", "threshold");
                JsonNumbers.Write(writer, "threshold", threshold.Threshold);
                writer.WriteNumber("positiveClass", threshold.PositiveClass);
                break;
            case OffsetsDecision offsets:
                writer.WriteString("kind", "offsets");
                JsonNumbers.Write(writer, "offsets", offsets.Offsets);
                break;
            case CostDecision costs:
                writer.WriteString("kind", "costs");
                writer.WriteNumber("classes", costs.Classes);
                JsonNumbers.Write(writer, "costs", costs.Costs.AsSpan());
                break;
            case TransformedDecision { Transform: PriorCorrection correction } corrected:
                writer.WriteString("kind", "prior-corrected");
                JsonNumbers.Write(writer, "trainingPrior", correction.TrainingPrior);
                JsonNumbers.Write(writer, "targetPrior", correction.TargetPrior);
                WriteInner(writer, corrected.Inner);
                break;
            case TransformedDecision { Transform: Calibrator calibrator } calibrated:
                writer.WriteString("kind", "calibrated");
                writer.WriteString("method", calibrator.Name);
                calibrator.Write(writer);
                WriteInner(writer, calibrated.Inner);
                break;
            case Decision decision:
                WriteRule(writer, decision.Rule);
                break;
            default:
                throw new InvalidOperationException($"A decision of type {rule.GetType().Name} has no form in a file.");
        }
    }

    private static void WriteInner(Utf8JsonWriter writer, IDecision inner)
    {
        writer.WriteStartObject("then");
        WriteRule(writer, inner);
        writer.WriteEndObject();
    }

    private static IDecision ReadRule(JsonElement json) => json.GetProperty("kind").GetString() switch
    {
        "argmax" => new ArgmaxDecision(json.GetProperty("classes").GetInt32()),
        "threshold" => new ThresholdDecision(JsonNumbers.Number(json.GetProperty("threshold")), json.GetProperty("positiveClass").GetInt32()),
        "offsets" => new OffsetsDecision(JsonNumbers.Numbers(json.GetProperty("offsets"))),
        "costs" => new CostDecision(CostMatrix.From(JsonNumbers.Numbers(json.GetProperty("costs")), json.GetProperty("classes").GetInt32())),
        "prior-corrected" => new TransformedDecision(
            new PriorCorrection(JsonNumbers.Numbers(json.GetProperty("trainingPrior")), JsonNumbers.Numbers(json.GetProperty("targetPrior"))),
            ReadRule(json.GetProperty("then"))),
        "calibrated" => new TransformedDecision(Calibrator.Read(json.GetProperty("method").GetString()!, json), ReadRule(json.GetProperty("then"))),
        string kind => throw new FormatException($"there is no kind of decision '{kind}'."),
        null => throw new FormatException("the kind of the decision is missing."),
    };
}
