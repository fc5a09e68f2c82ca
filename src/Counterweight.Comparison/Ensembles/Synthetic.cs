namespace Counterweight.Comparison;

/// <summary>Rows of SMOTE for the members of an ensemble.</summary>
internal static class Synthetic
{
    /// <summary>Makes rows between the rows of each class.</summary>
    /// <param name="features">The rows that there are.</param>
    /// <param name="classes">The rows of each class.</param>
    /// <param name="added">How many to make of each class, K values.</param>
    /// <param name="k">The neighbours; fewer where a class has no more rows.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="threads">The threads; the rows do not depend on them.</param>
    internal static (SampleMatrix<float> Rows, int[] Labels) Rows(FeatureTable features, RowsByClass classes, int[] added, int k, long seed, int threads)
    {
        SampleMatrix<float> all = features.Matrix;
        var values = new List<float>(added.Sum() * all.Columns);
        var labels = new List<int>(added.Sum());

        // Classes of the same number of neighbours go together; most often that is all of them.
        foreach (IGrouping<int, int> same in Enumerable.Range(0, classes.Classes).Where(c => added[c] > 0).GroupBy(c => Math.Min(k, classes[c].Length - 1)))
        {
            var targets = same.ToDictionary(c => c, c => (long)classes[c].Length + added[c]);
            Resampled<float> resampled = new Smote(same.Key).WithStrategy(SamplingStrategy.Counts(targets))
                .Resample(all, classes.Labels, classes.Classes, seed, Math.Max(1, threads));
            for (int i = 0; i < resampled.Labels.Length; i++)
            {
                if (resampled.SourceRows[i] >= 0) continue;
                values.AddRange(resampled.Rows.Row(i));
                labels.Add(resampled.Labels[i]);
            }
        }

        return (all.With(values.ToArray()), [.. labels]);
    }

    /// <summary>Rows and made rows in one table. Made rows weigh what rows of their class do on average, which is one, and
    /// have parents in several groups, so that none of them is held out to judge a member.</summary>
    internal static DrawnRows Append(DrawnRows drawn, (SampleMatrix<float> Rows, int[] Labels) made)
    {
        FeatureTable features = drawn.Features;
        float[] values = new float[features.Matrix.Values.Length + made.Rows.Values.Length];
        features.Matrix.Values.Span.CopyTo(values);
        made.Rows.Values.Span.CopyTo(values.AsSpan(features.Matrix.Values.Length));
        int[] groups = [.. drawn.Groups ?? Enumerable.Range(0, drawn.Labels.Length), .. Enumerable.Repeat(-1, made.Labels.Length)];
        FeatureTable all = features.With(features.Matrix.With(values));
        if (!features.RowWeights.IsEmpty)
        {
            double[] weights = [.. features.RowWeights.Span, .. Enumerable.Repeat(1.0, made.Labels.Length)];
            all = all with { RowWeights = weights };
        }

        return new(all, [.. drawn.Labels, .. made.Labels], groups);
    }
}
