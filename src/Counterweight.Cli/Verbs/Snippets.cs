using System.Globalization;
using System.Numerics;
using System.Text;

namespace Counterweight.Cli;

/// <summary>Code to paste: the weights in the words of a framework.</summary>
internal static class Snippets
{
    /// <summary>The frameworks, in the order of the help.</summary>
    internal static IReadOnlyList<string> Frameworks { get; } =
        ["torchsharp", "pytorch", "sklearn", "lightgbm", "mlnet", .. TrainingSnippets.Frameworks, SqlSnippets.Name];

    /// <summary>The code for a framework. It runs as it is and only defines things: a loss, a model, a trainer.</summary>
    /// <param name="framework">One of <see cref="Frameworks"/>.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="positive">The code of the positive class of two, else -1.</param>
    /// <param name="unit">What was counted; rows if omitted.</param>
    /// <param name="sql">For SQL: the engine and the label column; the standard and <c>label</c> if omitted.</param>
    internal static string For(string framework, ClassWeights weights, int positive, LabelUnit? unit = null, SqlSnippets? sql = null) => framework switch
    {
        "torchsharp" => TorchSharp(weights, positive),
        "pytorch" => PyTorch(weights, positive),
        "sklearn" => ScikitLearn(weights),
        "lightgbm" => LightGbm(weights, positive),
        "mlnet" => MlNet(weights),
        SqlSnippets.Name => (sql ?? new()).Weights(weights),
        _ => TrainingSnippets.For(framework, weights, positive, unit ?? LabelUnit.Rows),
    };

    private static string TorchSharp(ClassWeights weights, int positive)
    {
        var code = new StringBuilder();
        code.Append("using TorchSharp;\nusing static TorchSharp.torch;\n\n");
        code.Append(CultureInfo.InvariantCulture, $"// {Describe(weights)}\n");
        code.Append(CultureInfo.InvariantCulture, $"var classWeights = tensor(new float[] {{ {Join(weights, w => Digits(w) + "f")} }});\n");
        code.Append("var loss = nn.CrossEntropyLoss(weight: classWeights);   // loss.call(logits, codes)\n");
        if (positive >= 0)
            code.Append(CultureInfo.InvariantCulture, $"\n// or, with one logit for the class {Comment(weights, positive)}:\n")
                .Append(CultureInfo.InvariantCulture, $"var positiveWeight = tensor(new float[] {{ {Digits(Ratio(weights, positive))}f }});\n")
                .Append("var binaryLoss = nn.BCEWithLogitsLoss(pos_weights: positiveWeight);\n");
        return code.ToString();
    }

    private static string PyTorch(ClassWeights weights, int positive)
    {
        var code = new StringBuilder();
        code.Append("import torch\nfrom torch import nn\n\n");
        code.Append(CultureInfo.InvariantCulture, $"# {Describe(weights)}\n");
        code.Append(CultureInfo.InvariantCulture, $"class_weights = torch.tensor([{Join(weights, Digits)}])\n");
        code.Append("loss = nn.CrossEntropyLoss(weight=class_weights)  # loss(logits, codes)\n");
        if (positive >= 0)
            code.Append(CultureInfo.InvariantCulture, $"\n# or, with one logit for the class {Comment(weights, positive)}:\n")
                .Append(CultureInfo.InvariantCulture, $"pos_weight = torch.tensor([{Digits(Ratio(weights, positive))}])\n")
                .Append("binary_loss = nn.BCEWithLogitsLoss(pos_weight=pos_weight)\n");
        return code.ToString();
    }

    private static string ScikitLearn(ClassWeights weights) =>
        $"""
        from sklearn.linear_model import LogisticRegression

        # {Describe(weights)}
        class_weight = {Dictionary(weights)}
        model = LogisticRegression(class_weight=class_weight, max_iter=1000)

        """;

    private static string LightGbm(ClassWeights weights, int positive)
    {
        string binary = positive < 0
            ? ""
            : $"""

            # or, with labels 0 and 1 where 1 is {Comment(weights, positive)}, in the native interface:
            params = {Braces($"\"objective\": \"binary\", \"scale_pos_weight\": {Digits(Ratio(weights, positive))}")}

            """;
        return $"""
            from lightgbm import LGBMClassifier

            # {Describe(weights)}
            class_weight = {Dictionary(weights)}
            model = LGBMClassifier(class_weight=class_weight)

            """ + binary;
    }

    private static string MlNet(ClassWeights weights)
    {
        bool whole = Whole(weights);
        string type = whole ? "long" : "string";
        string entries = string.Join(",\n",
            Enumerable.Range(0, weights.Classes)
            .Select(c => $"    [{(whole ? weights.Counts.Labels[c] : Quote(weights.Counts.Labels[c]))}] = {Digits(weights[c])}f"));
        return $$"""
            using System.Collections.Generic;
            using Microsoft.ML;

            // {{Describe(weights)}}
            var context = new MLContext(seed: 0);
            var weightOf = new Dictionary<{{type}}, float>
            {
            {{entries}},
            };

            // put it first in the pipeline: it makes a column Weight from the column Label
            var addWeight = context.Transforms.Conversion.MapValue("Weight", weightOf, "Label");
            var trainer = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(exampleWeightColumnName: "Weight");

            """.ReplaceLineEndings("\n");
    }

    /// <summary>
    /// The weight of the positive class in units of the other's: what frameworks call pos_weight. Where it is the ratio of the counts, as under every
    /// form of inverse weights, it is taken from them: 41000/9000, not 1/9000 over 1/41000, which differs in the last digit.
    /// </summary>
    internal static double Ratio(ClassWeights weights, int positive)
    {
        double ratio = weights[positive] / weights[1 - positive];
        if (weights.Counts[positive] == 0) return ratio;
        double ofCounts = PositiveWeight.Of(weights.Counts, positive);
        return Math.Abs(ratio - ofCounts) <= 1e-14 * ofCounts ? ofCounts : ratio;
    }

    internal static string Describe(ClassWeights weights) =>
        $"class weights '{weights.Scheme}' for the classes "
        + $"{Clean(string.Join(", ", weights.Counts.Labels.Take(10)))}{(weights.Classes > 10 ? ", ..." : "")}, in this order";

    internal static string Comment(ClassWeights weights, int code) => Clean($"'{weights.Counts.Labels[code]}'");

    /// <summary>A label inside a comment must not end the line.</summary>
    private static string Clean(string text) => Visible.Line(text);

    private static bool Whole(ClassWeights weights) =>
        weights.Counts.Labels.All(l => long.TryParse(l, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
        && value.ToString(CultureInfo.InvariantCulture) == l);

    internal static string Dictionary(ClassWeights weights)
    {
        bool whole = weights.Counts.Labels.All(l => BigInteger.TryParse(l, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
        return Braces(string.Join(", ",
            Enumerable.Range(0, weights.Classes)
            .Select(c => $"{(whole ? weights.Counts.Labels[c].TrimStart('+') : Quote(weights.Counts.Labels[c]))}: {Digits(weights[c])}")));
    }

    internal static string Braces(string inner) => "{" + inner + "}";

    internal static string Join(ClassWeights weights, Func<double, string> format) => string.Join(", ", weights.ToArray().Select(format));

    /// <summary>Digits that read back to the same number, always with a point or an exponent; what takes single precision rounds them itself.</summary>
    internal static string Digits(double value) => Point(value.ToString("R", CultureInfo.InvariantCulture));

    private static string Point(string digits) => digits.AsSpan().ContainsAny(".E") ? digits : digits + ".0";

    /// <summary>A string literal that C# and Python read alike.</summary>
    internal static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (Visible.IsHidden(c)) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
