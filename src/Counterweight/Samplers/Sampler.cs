namespace Counterweight;

/// <summary>The catalogue of samplers, and what every sampler offers: epochs to iterate, parts for ranks, batches.</summary>
public static partial class Sampler
{
    /// <summary>Every sampler by name: what <c>sampler:NAME</c> accepts.</summary>
    /// <example>
    /// <code>
    /// ISampler sampler = Sampler.Catalogue.Create("power(0.5)")(labels, 10, 0);
    /// </code>
    /// </example>
    public static Catalogue<SamplerFactory> Catalogue { get; } = new("sampler")
    {
        {
            new("class-balanced", "Draws every class equally often.", "Kang et al., 2020, Decoupling representation and classifier, eq. 1 with q = 0", []),
            _ => (labels, classes, seed) => new ClassBalancedSampler(labels.Span, classes, seed: seed)
        },
        {
            new("sqrt", "Draws classes in proportion to the square root of their counts.", "Mahajan et al., 2018, Exploring the limits of weakly supervised pretraining", []),
            _ => (labels, classes, seed) => ClassBalancedSampler.SquareRoot(labels.Span, classes, seed: seed)
        },
        {
            new("power", "Draws classes in proportion to a power of their counts.", "Kang et al., 2020, Decoupling representation and classifier, eq. 1",
                [ParameterDefinition.Number("q", 0.5, 0, 1, "The exponent: 0 draws every class equally often, 1 every row.")]),
            call => (labels, classes, seed) => ClassBalancedSampler.Power(labels.Span, classes, call["q"], seed: seed)
        },
    };

    /// <summary>The indices of one epoch, one after another, from a position on.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="position">Where to begin, from 0; a saved position to resume from.</param>
    /// <remarks>Reads ahead by a small buffer and holds nothing else.</remarks>
    public static IEnumerable<long> Epoch(this ISampler sampler, long epoch, long position = 0)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        SamplerBlocks.Check(sampler, epoch, position, 0);
        return new SamplerSequence(sampler, epoch, position);
    }
}
