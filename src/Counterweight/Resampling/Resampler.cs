namespace Counterweight;

/// <summary>Finds resamplers by name.</summary>
/// <example>
/// <code>
/// IResampler resampler = Resampler.Create("enn(k=5)");
/// Resampled&lt;double&gt; kept = resampler.Resample(rows, labels, classes: 2, seed: 0);
/// </code>
/// </example>
public static partial class Resampler
{
    /// <summary>Every resampling method, with its parameters and its source.</summary>
    public static Catalogue<IResampler> Catalogue { get; } = Build();

    /// <summary>Makes the resampler that a text names.</summary>
    /// <param name="text">What the user typed: <c>smote(k=5)</c>.</param>
    /// <param name="strategy">Which classes are resampled, to which numbers; what the text says by default.</param>
    /// <exception cref="FormatException">The text names no method or its parameters do not fit.</exception>
    public static IResampler Create(string text, SamplingStrategy? strategy = null)
    {
        IResampler resampler = Catalogue.Create(text);
        return strategy is null ? resampler : resampler.WithStrategy(strategy);
    }

    private static Catalogue<IResampler> Build()
    {
        var catalogue = new Catalogue<IResampler>("resampling method");
        RegisterOver(catalogue);
        RegisterUnder(catalogue);
        RegisterCombined(catalogue);
        return catalogue;
    }

    /// <summary>The trailing parameters of a method that resamples to a number: <c>strategy</c> and <c>ratio</c>, unsaid where left alone.</summary>
    internal static ParameterDefinition[] TargetParameters(ResamplingKind kind) => kind switch
    {
        ResamplingKind.Over => [
            StrategyParameter(kind),
            RatioParameter("Rows of the minority for each row of the majority afterwards (two classes); 0 leaves it to the strategy.")],
        ResamplingKind.Under =>
            [StrategyParameter(kind),
                RatioParameter("Rows of the minority for each row of the majority afterwards (two classes); 0 leaves it to the strategy.")],
        _ => [StrategyParameter(kind)],
    };

    /// <summary>Reads the parameters of <see cref="TargetParameters"/> from a call.</summary>
    internal static SamplingStrategy StrategyOf(MethodCall call, ResamplingKind kind)
    {
        double ratio = kind == ResamplingKind.Cleaning ? 0 : call["ratio"];
        return ratio > 0 ? SamplingStrategy.Ratio(ratio) : SamplingStrategy.Parse(call.Choice("strategy"));
    }

    private static ParameterDefinition StrategyParameter(ResamplingKind kind) => ParameterDefinition.Choice(
        "strategy",
        kind == ResamplingKind.Over ? ["auto", "minority", "not-minority", "not-majority", "all"] : ["auto", "majority", "not-minority", "not-majority", "all"],
        kind == ResamplingKind.Over
            ? "Which classes gain rows; auto is every class but the largest."
            : "Which classes lose rows; auto is every class but the smallest.") with
    { UnsaidAtDefault = true };

    private static ParameterDefinition RatioParameter(string description) =>
        ParameterDefinition.Number("ratio", 0, 0, 1, description) with { UnsaidAtDefault = true, UsualRange = "0.1..1" };

    /// <summary>New rows do not lie as the rows of their class do: it is not only the shares that change.</summary>
    private static PriorEffect Made(MethodCall call, ClassCounts counts) =>
        PriorEffect.Unknown($"rows that {call.Method.Name} makes do not lie as those of their class do");

    /// <summary>The rows that are left of a class do not lie as all of them did: it is not only the shares that change.</summary>
    private static PriorEffect Chosen(MethodCall call, ClassCounts counts) =>
        PriorEffect.Unknown($"{call.Method.Name} chooses rows by where they lie");

    static partial void RegisterOver(Catalogue<IResampler> catalogue);

    static partial void RegisterUnder(Catalogue<IResampler> catalogue);

    static partial void RegisterCombined(Catalogue<IResampler> catalogue);
}
