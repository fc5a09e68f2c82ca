using System.Globalization;

namespace Counterweight;

/// <summary>A rule from class counts to class weights.</summary>
/// <remarks>
/// The result is raw: <see cref="ClassWeights.From(ClassCounts, WeightScheme, WeightOptions?)"/> adds the cap, the normalisation and the policy for
/// empty classes. In the formulas n_c is the count of class c, N the number of rows, K the number of classes.
/// </remarks>
/// <example>
/// <code>
/// ClassCounts counts = ClassCounts.From([2741, 37919, 22858, 31235, 5499]);
/// ClassWeights weights = ClassWeights.From(counts, WeightScheme.MaxRatio);   // 13.83, 1, 1.66, 1.21, 6.90
/// WeightScheme half = WeightScheme.Parse("power(0.5)");
/// </code>
/// <para>A scheme of one's own derives from this and is registered like all others; from then on it is <c>weights:cube-root</c> among the remedies, too:</para>
/// <code>
/// sealed record CubeRoot : WeightScheme
/// {
///     public override string Name =&gt; "cube-root";
///
///     protected override void Fill(ReadOnlySpan&lt;long&gt; counts, ReadOnlySpan&lt;bool&gt; takesPart, Span&lt;double&gt; weights)
///     {
///         for (int c = 0; c &lt; counts.Length; c++)
///             if (takesPart[c]) weights[c] = 1 / Math.Cbrt(counts[c]);
///     }
/// }
///
/// WeightScheme.Catalogue.Add(new("cube-root", "1 / cube root of the class count.", "this page", []), _ =&gt; new CubeRoot());
/// </code>
/// </example>
public abstract record WeightScheme
{
    /// <summary>For schemes that are not in the catalogue.</summary>
    protected WeightScheme() { }

    /// <summary>w_c = 1 / n_c: every class contributes the same total, one. The usual start (King and Zeng, 2001).</summary>
    public static WeightScheme Inverse { get; } = new NamedScheme("inverse", static (n, _) => 1 / n);

    /// <summary>w_c = N / (K n_c): inverse, scaled to a mean row weight of one (King and Zeng, 2001; scikit-learn's <c>balanced</c>).</summary>
    public static WeightScheme Balanced { get; } = new NamedScheme("balanced", static (n, all) => all.Rows / (all.Classes * n));

    /// <summary>w_c = max(n) / n_c: inverse, scaled so that the largest class has weight one.</summary>
    public static WeightScheme MaxRatio { get; } = new NamedScheme("max-ratio", static (n, all) => all.Largest / n);

    /// <summary>w_c = n_c^-1/2: half way, on a logarithmic scale, between no weights and inverse (Mahajan and others, 2018).</summary>
    public static WeightScheme InverseSquareRoot { get; } = new NamedScheme("inverse-sqrt", static (n, _) => 1 / Math.Sqrt(n));

    /// <summary>
    /// w_c = median(f) / f_c (Eigen and Fergus, 2015, section 6.3.2), where f_c is n_c over <see cref="ClassCounts.PixelsOfImages"/> as in the paper, or
    /// n_c where images are not known.
    /// </summary>
    public static WeightScheme MedianFrequency { get; } = new MedianFrequencyScheme();

    /// <summary>Every scheme with its parameters and source; what the command line and the tests read.</summary>
    public static Catalogue<WeightScheme> Catalogue { get; } = new("weight scheme")
    {
        { new("inverse", "1 / class count: every class contributes the same total.", "King and Zeng (2001), Logistic regression in rare events data", []),
            _ => Inverse },
        { new("balanced", "N / (K x class count): inverse with a mean row weight of one.", "King and Zeng (2001); scikit-learn class_weight='balanced'", []),
            _ => Balanced },
        { new("max-ratio", "Largest count / class count: the largest class has weight one.", "Common practice; inverse in another scale", []), _ => MaxRatio },
        {
            new("power", "Class count to the power -tau: 0 changes nothing, 1 is inverse.", "Mikolov et al. (2013), section 2.2; Mahajan et al. (2018)",
                [ParameterDefinition.Number("tau", 0.5, 0, 4, "The exponent; 0 gives equal weights, 1 inverse counts.") with { UsualRange = "0.25..1.25" }]),
            c => Power(c["tau"])
        },
        { new("inverse-sqrt", "1 / square root of the class count.", "Mahajan et al. (2018), Exploring the limits of weakly supervised pretraining", []),
            _ => InverseSquareRoot },
        {
            new("effective-number", "(1 - beta) / (1 - beta^n): inverse of the effective number of samples.",
                "Cui et al. (2019), Class-balanced loss, proposition 1",
                [ParameterDefinition.Number("beta", 0.999, 0, 1, "How much new rows overlap old ones; 0 gives equal weights, towards 1 inverse counts.",
                    maximumExcluded: true) with { UsualRange = "0.9..0.99999" }]),
            c => EffectiveNumber(c["beta"])
        },
        { new("median-frequency", "Median class count / class count.", "Eigen and Fergus (2015), section 6.3.2", []), _ => MedianFrequency },
        {
            new("inverse-log", "1 / ln(c + class share): bounded weights.", "Paszke et al. (2016), ENet, section 5.2",
                [ParameterDefinition.Number("c", 1.02, 1, 100, "Added to the share; the largest weight is about 1 / ln(c).", minimumExcluded: true)
                    with { UsualRange = "1.01..2" }]),
                c => InverseLog(c["c"])
        },
        {
            new("costs", "The cost of an error on each class, as weights.", "Elkan (2001), The foundations of cost-sensitive learning; Ting (2002)",
                [ParameterDefinition.List("costs", 0, double.MaxValue, "A cost per class, in the order of the classes, in any unit of money.")])
                { NeedsCosts = true },
                c => Costs(c.List)
        },
        {
            new("target-prior", "target share / observed share: the weighted data have the stated class shares.",
                "Saerens, Latinne and Decaestecker (2002), equation 4",
                [ParameterDefinition.List("prior", 0, double.MaxValue, "A share per class, in the order of the classes; equal shares if none are given.")]),
            c => c.List.Count == 0 ? TargetPrior() : TargetPrior(c.List)
        },
    };

    /// <summary>The canonical text: <c>power(tau=0.5)</c>. It reads back with <see cref="Parse"/> for every scheme of the catalogue.</summary>
    public abstract string Name { get; }

    /// <summary>Whether a class needs rows for its weight to be finite.</summary>
    public virtual bool NeedsRows => true;

    /// <summary>w_c = n_c^-tau (Mikolov and others, 2013; Mahajan and others, 2018): 0 changes nothing, 1 is inverse.</summary>
    /// <param name="tau">The exponent, from 0 to 4.</param>
    /// <exception cref="ArgumentException">The exponent is out of range.</exception>
    public static WeightScheme Power(double tau) => new ParameterScheme(Call("power", ("tau", tau)), (n, _) => Math.Pow(n, -tau));

    /// <summary>w_c = (1 - beta) / (1 - beta^n_c), the inverse effective number of samples (Cui and others, 2019, proposition 1).</summary>
    /// <remarks>1 - beta^n is evaluated as -expm1(n log beta), which keeps its digits where beta is near one. At beta 0 every weight is one.</remarks>
    /// <param name="beta">From 0 up to but not including 1. The authors use 0.9, 0.99, 0.999 and 0.9999.</param>
    /// <exception cref="ArgumentException">beta is out of range.</exception>
    public static WeightScheme EffectiveNumber(double beta) => new ParameterScheme(
        Call("effective-number", ("beta", beta)), (n, _) => beta == 0 ? 1 : (1 - beta) / -Special.ExpM1(n * Math.Log(beta)));

    /// <summary>w_c = 1 / ln(c + n_c / N) (Paszke and others, 2016, section 5.2): bounded between 1 / ln(c + 1) and 1 / ln(c).</summary>
    /// <param name="c">The added constant, above 1; the authors use 1.02.</param>
    /// <exception cref="ArgumentException">c is out of range.</exception>
    public static WeightScheme InverseLog(double c = 1.02) => new ParameterScheme(
        Call("inverse-log", ("c", c)), (n, all) => 1 / Math.Log(c + n / all.Rows), needsRows: false);

    /// <summary>w_c = cost_c: the cost of an error on a row of class c, in any unit of money. Costs 2 and 1 give the weights 2 and 1.</summary>
    /// <remarks>The counts do not matter: under these weights a model's argmax minimises the expected cost (Elkan, 2001), given the data's own prior.</remarks>
    /// <param name="costs">K costs, zero or more, not all zero, in the order of the classes.</param>
    /// <exception cref="ArgumentException">No cost, a negative or infinite cost, or only zeros.</exception>
    public static WeightScheme Costs(params IReadOnlyList<double> costs) => new VectorScheme("costs", CheckVector(costs, nameof(costs), "cost"));

    /// <summary>
    /// w_c = target_c / (n_c / N): the weighted data have the stated class shares (Saerens, Latinne and Decaestecker, 2002, equation 4). The mean row
    /// weight is one.
    /// </summary>
    /// <param name="prior">K shares, in the order of the classes, scaled to sum to one; nothing means equal shares, which is <see cref="Balanced"/>.</param>
    /// <exception cref="ArgumentException">A negative or infinite share, or only zeros.</exception>
    public static WeightScheme TargetPrior(params IReadOnlyList<double> prior) =>
        prior is { Count: 0 } ? new VectorScheme("target-prior", []) : new VectorScheme("target-prior", CheckVector(prior, nameof(prior), "share"));

    /// <summary>Weights that the user states, one per class.</summary>
    /// <param name="weights">K weights, zero or more, not all zero, in the order of the classes.</param>
    /// <exception cref="ArgumentException">No weight, a negative or infinite weight, or only zeros.</exception>
    public static WeightScheme Manual(params IReadOnlyList<double> weights) => new VectorScheme("manual", CheckVector(weights, nameof(weights), "weight"));

    /// <summary>Weights that the user states by label. A class without an entry has weight one, as in scikit-learn.</summary>
    /// <param name="counts">The classes.</param>
    /// <param name="weights">Weights by label.</param>
    /// <exception cref="ArgumentException">A label is not among the classes, or a weight is negative, infinite or not a number.</exception>
    public static WeightScheme Manual(ClassCounts counts, IReadOnlyDictionary<string, double> weights)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(weights);
        double[] all = [.. Enumerable.Repeat(1.0, counts.Classes)];
        foreach ((string label, double weight) in weights) all[counts.CodeOf(label)] = weight;
        return Manual(all);
    }

    /// <summary>Reads a scheme: <c>balanced</c>, <c>power(0.5)</c>, <c>costs(2, 1)</c>.</summary>
    /// <param name="text">The name, with parameters in brackets.</param>
    /// <exception cref="FormatException">The name is unknown or the parameters do not fit.</exception>
    public static WeightScheme Parse(string text)
    {
        try
        {
            return Catalogue.Create(text);
        }
        catch (ArgumentException wrong) when (wrong is not ArgumentNullException)
        {
            throw new FormatException(wrong.Message, wrong);
        }
    }

    /// <inheritdoc/>
    public sealed override string ToString() => Name;

    /// <summary>Fills in the weight of every class that takes part, on any scale.</summary>
    /// <param name="counts">The K class counts.</param>
    /// <param name="takesPart">Whether a class takes part, K values; a class without rows does not if <see cref="NeedsRows"/>.</param>
    /// <param name="weights">K places: zero or more and finite for classes that take part; the others stay as they are.</param>
    /// <exception cref="ArgumentException">The scheme does not fit these classes.</exception>
    protected internal abstract void Fill(ReadOnlySpan<long> counts, ReadOnlySpan<bool> takesPart, Span<double> weights);

    /// <summary>The same with what is known beside the counts; only schemes that look at images need it.</summary>
    internal virtual void FillWith(ClassCounts known, ReadOnlySpan<long> counts, ReadOnlySpan<bool> takesPart, Span<double> weights) =>
        Fill(counts, takesPart, weights);
    /// <summary>The same where rows weigh differently, so that a class has a total weight and not a number of rows. A scheme that does not override it gets
    /// totals rounded to whole numbers, of one or more.</summary>
    /// <param name="totals">The K summed row weights.</param>
    /// <param name="takesPart">Whether a class takes part, K values.</param>
    /// <param name="weights">K places.</param>
    /// <exception cref="ArgumentException">The scheme does not fit these classes.</exception>
    protected internal virtual void Fill(ReadOnlySpan<double> totals, ReadOnlySpan<bool> takesPart, Span<double> weights)
    {
        long[] rounded = new long[totals.Length];
        for (int c = 0; c < rounded.Length; c++) rounded[c] = totals[c] == 0 ? 0 : Math.Max(1, (long)Math.Round(totals[c]));
        Fill(rounded, takesPart, weights);
    }

    /// <summary>Counts as totals.</summary>
    private static double[] Totals(ReadOnlySpan<long> counts)
    {
        double[] totals = new double[counts.Length];
        for (int c = 0; c < totals.Length; c++) totals[c] = counts[c];
        return totals;
    }

    private static MethodCall Call(string name, (string, double) value) => Catalogue.First(m => m.Name == name).Call(value);

    private static double[] CheckVector(IReadOnlyList<double> values, string parameter, string noun)
    {
        ArgumentNullException.ThrowIfNull(values, parameter);
        if (values.Count == 0) throw new ArgumentException($"Give one {noun} per class.", parameter);
        for (int c = 0; c < values.Count; c++)
            if (!(values[c] is >= 0 and <= CostMatrix.Largest))
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture,
                        $"The {noun} of class {c} is {values[c]}; it must be a finite number of zero or more, 1E+100 at most."),
                    parameter);
        return values.Any(v => v > 0) ? [.. values] : throw new ArgumentException($"Every {noun} is zero; at least one must be positive.", parameter);
    }

    /// <summary>What a scheme may ask about all classes together.</summary>
    private readonly record struct Summary(double Rows, int Classes, double Largest)
    {
        internal static Summary Of(ReadOnlySpan<double> counts, ReadOnlySpan<bool> takesPart)
        {
            double rows = 0, largest = 0;
            int classes = 0;
            for (int c = 0; c < counts.Length; c++)
            {
                if (!takesPart[c]) continue;
                rows += counts[c];
                largest = Math.Max(largest, counts[c]);
                classes++;
            }

            return new Summary(rows, classes, largest);
        }
    }

    private record FormulaScheme(string Text, Func<double, Summary, double> Formula, bool Rows) : WeightScheme
    {
        public override string Name => Text;

        public override bool NeedsRows => Rows;

        public virtual bool Equals(FormulaScheme? other) => other is not null && Text == other.Text;

        public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);

        protected internal override void Fill(ReadOnlySpan<long> counts, ReadOnlySpan<bool> takesPart, Span<double> weights) =>
            Fill(Totals(counts), takesPart, weights);

        protected internal override void Fill(ReadOnlySpan<double> counts, ReadOnlySpan<bool> takesPart, Span<double> weights)
        {
            Summary all = Summary.Of(counts, takesPart);
            for (int c = 0; c < counts.Length; c++)
                if (takesPart[c]) weights[c] = Formula(counts[c], all);
        }
    }

    /// <summary>The one scheme that looks at images, where they are known.</summary>
    private sealed record MedianFrequencyScheme : WeightScheme
    {
        public override string Name => "median-frequency";

        protected internal override void Fill(ReadOnlySpan<long> counts, ReadOnlySpan<bool> takesPart, Span<double> weights) =>
            Fill(Totals(counts), null, takesPart, weights);

        protected internal override void Fill(ReadOnlySpan<double> totals, ReadOnlySpan<bool> takesPart, Span<double> weights) =>
            Fill(totals, null, takesPart, weights);

        internal override void FillWith(ClassCounts known, ReadOnlySpan<long> counts, ReadOnlySpan<bool> takesPart, Span<double> weights) =>
            Fill(Totals(counts), known.PixelsOfImages, takesPart, weights);

        private static void Fill(ReadOnlySpan<double> counts, IReadOnlyList<long>? pixelsOfImages, ReadOnlySpan<bool> takesPart, Span<double> weights)
        {
            // A class without pixels that is reckoned with as one pixel lies in no image; its frequency is over all pixels.
            double all = 0;
            foreach (double count in counts) all += count;
            var taken = new List<double>(counts.Length);
            for (int c = 0; c < counts.Length; c++)
            {
                if (!takesPart[c]) continue;
                weights[c] = pixelsOfImages is null ? counts[c] : counts[c] / (pixelsOfImages[c] == 0 ? all : pixelsOfImages[c]);
                taken.Add(weights[c]);
            }

            taken.Sort();
            int middle = taken.Count / 2;
            double median = taken.Count % 2 == 1 ? taken[middle] : (taken[middle - 1] + taken[middle]) / 2;
            for (int c = 0; c < counts.Length; c++)
                if (takesPart[c]) weights[c] = median / weights[c];
        }
    }

    private sealed record NamedScheme(string Text, Func<double, Summary, double> Formula) : FormulaScheme(Text, Formula, true);

    private sealed record ParameterScheme : FormulaScheme
    {
        internal ParameterScheme(MethodCall call, Func<double, Summary, double> formula, bool needsRows = true) : base(call.ToString(), formula, needsRows) { }
    }

    private sealed record VectorScheme(string Kind, double[] Values) : WeightScheme
    {
        public override string Name => Values.Length == 0
            ? Kind
            : $"{Kind}({string.Join(", ", Values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)))})";

        public override bool NeedsRows => Kind == "target-prior";

        public bool Equals(VectorScheme? other) => other is not null && Name == other.Name;

        public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name);

        protected internal override void Fill(ReadOnlySpan<long> counts, ReadOnlySpan<bool> takesPart, Span<double> weights) =>
            Fill(Totals(counts), takesPart, weights);

        protected internal override void Fill(ReadOnlySpan<double> counts, ReadOnlySpan<bool> takesPart, Span<double> weights)
        {
            if (Values.Length > 0 && Values.Length != counts.Length)
                throw new ArgumentException($"{Name} has {Values.Length} values, but there are {counts.Length} classes; give one per class.");
            double sum = 0, rows = 0;
            for (int c = 0; c < counts.Length; c++)
                if (takesPart[c]) (sum, rows) = (sum + (Values.Length == 0 ? 1 : Values[c]), rows + counts[c]);
            for (int c = 0; c < counts.Length; c++)
            {
                if (!takesPart[c]) continue;
                double value = Values.Length == 0 ? 1 : Values[c];
                weights[c] = Kind == "target-prior" ? value / sum * rows / counts[c] : value;
            }
        }
    }
}
