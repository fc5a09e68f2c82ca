using DataType = Onnx.TensorProto.Types.DataType;

namespace Counterweight.Onnx;

/// <summary>The step from probabilities to a class, as nodes.</summary>
/// <param name="graph">The graph.</param>
/// <param name="threshold">The threshold to put in the place of the decision's: one between the same scores.</param>
internal sealed class DecisionNodes(GraphBuilder graph, double? threshold)
{
    /// <summary>LogisticFit's clip: probabilities stay this far from 0 and 1.</summary>
    private const double Epsilon = 2.220446049250313e-16;

    /// <summary>
    /// Of a rule over two classes the probability of a class from which on, or beyond which, that class is decided; null for other rules.
    /// </summary>
    internal static (double Threshold, int Positive)? Threshold(IDecision rule) => rule switch
    {
        ThresholdDecision limit => (limit.Threshold, limit.PositiveClass),
        ArgmaxDecision { Classes: 2 } => (0.5, 1),
        OffsetsDecision { Classes: 2 } offsets => (1 / (1 + Math.Exp(offsets.Offsets[1] - offsets.Offsets[0])), 1),
        CostDecision { Classes: 2 } costs => (CostDecision.BayesThreshold(costs.Costs, 1), 1),
        _ => null,
    };

    /// <summary>N class codes.</summary>
    internal string Class(IDecision rule, string probabilities)
    {
        if (threshold is double between && Threshold(rule) is (_, int own)) return From(between, own, probabilities);
        switch (rule)
        {
            case ArgmaxDecision:
                return First("ArgMax", probabilities);
            case ThresholdDecision limit:
                return From(limit.Threshold, limit.PositiveClass, probabilities);
            case OffsetsDecision offsets:
                double largest = offsets.Offsets.ToArray().Max();
                double[] factors = [.. offsets.Offsets.ToArray().Select(o => Math.Exp(o - largest))];
                return First("ArgMax", graph.Op("Mul", probabilities, graph.Doubles(factors, factors.Length)));
            case CostDecision costs:
                return First("ArgMin", graph.Op("MatMul", probabilities, graph.Doubles(costs.Costs.AsSpan(), costs.Classes, costs.Classes)));
            case TransformedDecision transformed:
                return Class(transformed.Inner, Transformed(transformed.Transform, probabilities));
            case Decision decision:
                return Class(decision.Rule, probabilities);
            default:
                throw new NotSupportedException($"A decision of type {rule.GetType().Name} has no form in ONNX.");
        }
    }

    private string From(double least, int positive, string probabilities)
    {
        string score = graph.Node("Gather", [probabilities, graph.Longs([positive])], [GraphBuilder.Int("axis", 1)]);
        return graph.Op("Where", graph.Op("GreaterOrEqual", score, graph.Double(least)), graph.Longs([positive]), graph.Longs([1 - positive]));
    }

    /// <summary>Probabilities after a calibration or a correction.</summary>
    internal string Transformed(IProbabilityTransform transform, string p)
    {
        switch (transform)
        {
            case PriorCorrection correction:
                double[] ratio = new double[correction.Classes];
                for (int c = 0; c < ratio.Length; c++) ratio[c] = correction.TargetPrior[c] / correction.TrainingPrior[c];
                return Shares(graph.Op("Mul", p, graph.Doubles(ratio, ratio.Length)), graph.Doubles(correction.TargetPrior, 1, ratio.Length));
            case Calibrator calibrator:
                switch (calibrator.Parts[0])
                {
                    case TemperatureScaling temperature:
                        return Softmax(graph.Op("Div", Logarithm(p), graph.Double(temperature.Temperature)));
                    case VectorScaling vector:
                        return Softmax(graph.Op("Add", graph.Op("Mul", Logarithm(p), graph.Doubles(vector.Slopes, vector.Slopes.Length)),
                            graph.Doubles(vector.Offsets, vector.Offsets.Length)));
                    default:
                        return PerClass(calibrator, p);
                }

            default:
                throw new NotSupportedException($"A change of probabilities of type {transform.GetType().Name} has no form in ONNX.");
        }
    }

    private string PerClass(Calibrator calibrator, string p)
    {
        if (calibrator.Parts.Count == 1)
        {
            string second = Map(calibrator.Parts[0], graph.Pick(p, 1));
            return graph.Columns([graph.Op("Sub", graph.Double(1), second), second]);
        }

        string mapped = graph.Columns([.. calibrator.Parts.Select((map, c) => Map(map, graph.Pick(p, c)))]);
        return Shares(mapped, graph.Double(1.0 / calibrator.Classes));
    }

    /// <summary>A map of one probability, N x 1.</summary>
    private string Map(object map, string p)
    {
        switch (map)
        {
            case SigmoidScaling sigmoid:
                string clipped = Clipped(p), odds = graph.Op("Log", graph.Op("Div", clipped, graph.Op("Sub", graph.Double(1), clipped)));

                // SigmoidScaling is 1 / (1 + exp(A f + B)).
                return Sigmoid(graph.Op("Neg", Affine(odds, sigmoid.A, sigmoid.B)));
            case BetaScaling beta:
                string s = Clipped(p), rest = graph.Op("Sub", graph.Double(1), s);
                string first = graph.Op("Mul", graph.Op("Log", s), graph.Double(beta.A)), second = graph.Op("Mul", graph.Op("Log", rest), graph.Double(beta.B));
                return Sigmoid(graph.Op("Sub", graph.Op("Add", graph.Double(beta.C), first), second));
            case IsotonicRegression isotonic:
                return graph.Op("Min", graph.Op("Max", Steps(isotonic, p), graph.Double(0)), graph.Double(1));
            default:
                throw new NotSupportedException($"A map of type {map.GetType().Name} has no form in ONNX.");
        }
    }

    /// <summary>
    /// An isotonic map: a search tree finds the corners around a probability, one tree for each of the four figures that the line between them needs.
    /// </summary>
    private string Steps(IsotonicRegression map, string p)
    {
        double[] x = map.X.ToArray(), y = map.Y.ToArray();
        var table = new TreeTable(4);
        for (int figure = 0; figure < 4; figure++)
        {
            // Piece 0 lies before the first corner, piece i from corner i - 1 on.
            double[] pieces = [.. Enumerable.Range(0, x.Length + 1).Select(i => figure switch
            {
                0 => y[Math.Max(0, i - 1)],
                1 => i == 0 || i == x.Length ? 0 : y[i] - y[i - 1],
                2 => x[Math.Max(0, i - 1)],
                _ => i == 0 || i == x.Length ? 1 : x[i] - x[i - 1],
            })];
            table.Root(Search(table, x, pieces, figure, 0, x.Length));
        }

        string found = table.AddTo(graph, p);
        string along = graph.Op("Div", graph.Op("Sub", p, graph.Pick(found, 2)), graph.Pick(found, 3));
        string low = graph.Pick(found, 0), rise = graph.Pick(found, 1);
        return graph.Op("Min", graph.Op("Add", low, graph.Op("Mul", rise, along)), graph.Op("Add", low, rise));
    }

    /// <summary>The pieces from one to another as a balanced tree.</summary>
    private static TreeTable.Child Search(TreeTable table, double[] x, double[] pieces, int target, int from, int to)
    {
        if (from == to) return table.Leaf(pieces[from], target);
        int middle = (from + to) / 2;

        // Up to the last number before corner 'middle' a probability lies in the pieces up to 'middle'.
        TreeTable.Child left = Search(table, x, pieces, target, from, middle), right = Search(table, x, pieces, target, middle + 1, to);
        return table.Node(0, Math.BitDecrement(x[middle]), false, left, right);
    }

    private string First(string operation, string values) => graph.Node(
        operation, [values], [GraphBuilder.Int("axis", 1), GraphBuilder.Int("keepdims", 0), GraphBuilder.Int("select_last_index", 0)]);

    private string Affine(string value, double slope, double offset) =>
        graph.Op("Add", graph.Op("Mul", value, graph.Double(slope)), graph.Double(offset));

    private string Clipped(string p) => graph.Op("Min", graph.Op("Max", p, graph.Double(Epsilon)), graph.Double(1 - Epsilon));

    private string Logarithm(string p) => graph.Op("Log", Clipped(p));

    private string Softmax(string logits)
    {
        string powers = graph.Op("Exp", graph.Op("Sub", logits, graph.OverColumns("ReduceMax", logits)));
        return graph.Op("Div", powers, graph.OverColumns("ReduceSum", powers));
    }

    /// <summary>The logistic function without overflow.</summary>
    private string Sigmoid(string t)
    {
        string far = graph.Op("Exp", graph.Op("Neg", graph.Op("Abs", t))), whole = graph.Op("Add", far, graph.Double(1));
        return graph.Op("Where", graph.Op("GreaterOrEqual", t, graph.Double(0)), graph.Op("Div", graph.Double(1), whole), graph.Op("Div", far, whole));
    }

    private string Shares(string values, string otherwise)
    {
        string sum = graph.OverColumns("ReduceSum", values);
        return graph.Op("Where", graph.Op("Greater", sum, graph.Double(0)), graph.Op("Div", values, sum), otherwise);
    }
}
