namespace Counterweight;

/// <summary>Keeps a random choice of the rows of each targeted class.</summary>
/// <remarks>Rows with missing values are accepted: no value is looked at.</remarks>
/// <param name="Replacement">Whether a row may be drawn more than once.</param>
/// <example>
/// <code>
/// var sampler = new RandomUnderSampler { Strategy = SamplingStrategy.Ratio(0.5) };
/// int[] kept = sampler.Select(rows, labels, classes: 2, seed: 0);
/// </code>
/// </example>
public sealed record RandomUnderSampler(bool Replacement = false) : RowSelection
{
    /// <inheritdoc/>
    public override ResamplingKind Kind => ResamplingKind.Under;

    /// <inheritdoc/>
    public override bool AcceptsMissing => true;

    private protected override int[] Choose<T>(Selection<T> input)
    {
        var kept = new List<int>();
        for (int c = 0; c < input.Classes; c++)
        {
            if (!input.Targets.IsTargeted(c))
            {
                kept.AddRange(input.ByClass[c]);
                continue;
            }

            var random = new SeededRandom(input.Seed, c);
            int wanted = (int)input.Targets[c];
            int[] rows = [.. input.ByClass[c]];
            for (int i = 0; i < wanted; i++)
            {
                // The first steps of a Fisher-Yates shuffle; with replacement the drawn row stays where it was.
                int drawn = Replacement ? random.NextInt32(rows.Length) : i + random.NextInt32(rows.Length - i);
                kept.Add(rows[drawn]);
                if (!Replacement) (rows[i], rows[drawn]) = (rows[drawn], rows[i]);
            }
        }

        return [.. kept];
    }
}
