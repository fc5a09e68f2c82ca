using System.Text.Json;

namespace Counterweight;

/// <summary>A fitted map from a model's probabilities to calibrated ones, for two or more classes.</summary>
/// <remarks>
/// <para>Fit it on rows that the model was not trained on. The methods are in <see cref="Catalogue"/>. Platt, isotonic and beta
/// calibration are maps of one probability: with two classes they map that of class 1, with more every class on its own, and each row
/// is then scaled to sum to one (Zadrozny and Elkan, 2002). For two classes every method keeps the order of the rows, unless the scores
/// run the wrong way: then Platt and vector scaling turn it around.</para>
/// </remarks>
/// <example>
/// <code>
/// Calibrator calibrator = Calibrator.Fit("platt", [0.9, 0.1, 0.6, 0.4, 0.7, 0.3, 0.2, 0.8], [0, 1, 0, 1], classes: 2);
/// double[] calibrated = calibrator.Transform([0.5, 0.5]);
/// </code>
/// </example>
public abstract class Calibrator : IProbabilityTransform
{
    private protected Calibrator(string name, int classes) => (Name, Classes) = (name, classes);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Classes { get; }

    /// <summary>The calibration methods.</summary>
    public static Catalogue<CalibrationMethod> Catalogue { get; } = new("calibration method")
    {
        { Method("platt", "A logistic curve of the log-odds: two parameters, safe on few rows.", "Platt (1999), equations 1-3; Lin, Lin and Weng (2007)"),
            _ => new("platt", (p, y, k, w) => PerClass("platt", p, y, k, w, (s, t, u) => SigmoidScaling.Fit([.. s.Select(LogisticFit.Logit)], t, u))) },
        { Method("isotonic", "The best non-decreasing step function: free of form, wants many rows.", "Zadrozny and Elkan (2002); Ayer et al. (1955)"),
            _ => new("isotonic", (p, y, k, w) => PerClass("isotonic", p, y, k, w, (s, t, u) => IsotonicRegression.Fit(s, [.. t.Select(v => (double)v)], u))) },
        { Method("beta", "A beta curve: three parameters, leaves calibrated probabilities as they are.", "Kull, Silva Filho and Flach (2017), section 4"),
            _ => new("beta", (p, y, k, w) => PerClass("beta", p, y, k, w, (s, t, u) => BetaScaling.Fit(s, t, u))) },
        { Method("temperature", "One temperature for all classes: never changes the most probable class.", "Guo et al. (2017), equation 9"),
            _ => new("temperature", (p, y, k, w) => new TemperatureCalibrator(TemperatureScaling.Fit(p, y, k, w), k)) },
        { Method("vector", "A slope and an offset per class.", "Guo et al. (2017), section 4.2"),
            _ => new("vector", (p, y, k, w) => new VectorCalibrator(VectorScaling.Fit(p, y, k, w))) },
    };

    /// <summary>Fits a calibrator.</summary>
    /// <param name="method">The method's name in <see cref="Catalogue"/>.</param>
    /// <param name="probabilities">Row-major (N, K): probabilities of rows the model was not trained on.</param>
    /// <param name="labels">N labels 0..K-1.</param>
    /// <param name="classes">K.</param>
    /// <param name="weights">N row weights, or empty for ones.</param>
    /// <exception cref="FormatException">There is no such method.</exception>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="UnusableDataException">A value cannot be used.</exception>
    public static Calibrator Fit(
        string method, ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int classes, ReadOnlySpan<double> weights = default) =>
        Catalogue.Create(method).Fit(probabilities, labels, classes, weights);

    /// <inheritdoc/>
    public abstract void Transform(ReadOnlySpan<double> probabilities, Span<double> destination);

    /// <summary>
    /// What it computes: a <see cref="TemperatureScaling"/>, a <see cref="VectorScaling"/>, or a map of one probability per class (of two: of class 1 alone).
    /// </summary>
    internal abstract IReadOnlyList<object> Parts { get; }

    /// <summary>Writes the parameters as properties of the current JSON object.</summary>
    internal abstract void Write(Utf8JsonWriter writer);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    internal static Calibrator Read(string kind, JsonElement json) => kind switch
    {
        "temperature" => new TemperatureCalibrator(new(json.GetProperty("temperature").GetDouble()), json.GetProperty("classes").GetInt32()),
        "vector" => new VectorCalibrator(new(JsonNumbers.Numbers(json.GetProperty("slopes")), JsonNumbers.Numbers(json.GetProperty("offsets")))),
        _ => new PerClassCalibrator(kind, [.. json.GetProperty("maps").EnumerateArray().Select(map => ReadMap(kind, map))]),
    };

    private static object ReadMap(string kind, JsonElement map) => kind switch
    {
        "platt" => new SigmoidScaling(map.GetProperty("a").GetDouble(), map.GetProperty("b").GetDouble()),
        "beta" => new BetaScaling(map.GetProperty("a").GetDouble(), map.GetProperty("b").GetDouble(), map.GetProperty("c").GetDouble()),
        "isotonic" => new IsotonicRegression(JsonNumbers.Numbers(map.GetProperty("x")), JsonNumbers.Numbers(map.GetProperty("y"))),
        _ => throw new FormatException($"There is no calibration method '{kind}'."),
    };

    private static MethodDefinition Method(string name, string summary, string source) => new(name, summary, source, []);

    private static PerClassCalibrator PerClass(
        string name, ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int classes, ReadOnlySpan<double> weights,
        Func<double[], int[], double[], object> fit)
    {
        int first = classes == 2 ? 1 : 0;
        object[] maps = new object[classes - first];
        double[] column = new double[labels.Length], rowWeights = weights.ToArray();
        int[] isClass = new int[labels.Length];
        for (int c = first; c < classes; c++)
        {
            for (int i = 0; i < column.Length; i++) (column[i], isClass[i]) = (probabilities[i * classes + c], labels[i] == c ? 1 : 0);
            maps[c - first] = fit(column, isClass, rowWeights);
        }

        return new(name, maps);
    }

    private sealed class PerClassCalibrator(string name, object[] maps) : Calibrator(name, Math.Max(2, maps.Length))
    {
        public override void Transform(ReadOnlySpan<double> probabilities, Span<double> destination)
        {
            RowChecks.Shape(probabilities, Classes);
            for (int i = 0; i < probabilities.Length; i += Classes)
            {
                if (maps.Length == 1)
                {
                    double p = Map(maps[0], probabilities[i + 1]);
                    (destination[i], destination[i + 1]) = (1 - p, p);
                    continue;
                }

                double sum = 0;
                for (int c = 0; c < Classes; c++) sum += destination[i + c] = Map(maps[c], probabilities[i + c]);
                for (int c = 0; c < Classes; c++) destination[i + c] = sum > 0 ? destination[i + c] / sum : 1.0 / Classes;
            }
        }

        internal override IReadOnlyList<object> Parts => maps;

        internal override void Write(Utf8JsonWriter writer)
        {
            writer.WriteStartArray("maps");
            foreach (object map in maps)
            {
                writer.WriteStartObject();
                switch (map)
                {
                    case SigmoidScaling sigmoid:
                        writer.WriteNumber("a", sigmoid.A);
                        writer.WriteNumber("b", sigmoid.B);
                        break;
                    case BetaScaling beta:
                        writer.WriteNumber("a", beta.A);
                        writer.WriteNumber("b", beta.B);
                        writer.WriteNumber("c", beta.C);
                        break;
                    case IsotonicRegression isotonic:
                        JsonNumbers.Write(writer, "x", isotonic.X);
                        JsonNumbers.Write(writer, "y", isotonic.Y);
                        break;
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        private static double Map(object map, double p) => map switch
        {
            SigmoidScaling sigmoid => sigmoid.Apply(LogisticFit.Logit(p)),
            BetaScaling beta => beta.Apply(p),
            IsotonicRegression isotonic => Math.Clamp(isotonic.Apply(p), 0, 1),
            _ => throw new InvalidOperationException($"{map.GetType()} is no calibration map."),
        };
    }

    private sealed class TemperatureCalibrator(TemperatureScaling scaling, int classes) : Calibrator("temperature", classes)
    {
        public override void Transform(ReadOnlySpan<double> probabilities, Span<double> destination) => scaling.Apply(probabilities, Classes, destination);

        internal override IReadOnlyList<object> Parts => [scaling];

        internal override void Write(Utf8JsonWriter writer)
        {
            writer.WriteNumber("temperature", scaling.Temperature);
            writer.WriteNumber("classes", Classes);
        }
    }

    private sealed class VectorCalibrator(VectorScaling scaling) : Calibrator("vector", scaling.Slopes.Length)
    {
        public override void Transform(ReadOnlySpan<double> probabilities, Span<double> destination) => scaling.Apply(probabilities, destination);

        internal override IReadOnlyList<object> Parts => [scaling];

        internal override void Write(Utf8JsonWriter writer)
        {
            JsonNumbers.Write(writer, "slopes", scaling.Slopes);
            JsonNumbers.Write(writer, "offsets", scaling.Offsets);
        }
    }
}
