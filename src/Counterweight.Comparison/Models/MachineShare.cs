using System.Text.Json;
using Counterweight.Data;
using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>The rows that one of several processes has, as a share of all: their shape, and the classes of all.</summary>
internal static class MachineShare
{
    /// <summary>Brings the rows of this process to the shape that those of all processes have together: classes, levels of categories, kinds of
    /// numbers.</summary>
    /// <exception cref="UnusableDataException">The rows of two processes do not go together.</exception>
    internal static Dataset Alike(Dataset share, LightGbmMachines machines)
    {
        DatasetShape own = DatasetShape.Of(share) with { Source = $"{share.Name} (machine {machines.Rank + 1})" };
        byte[][] all = machines.Gather(JsonSerializer.SerializeToUtf8Bytes(own, ComparisonJsonContext.Default.DatasetShape));
        return DatasetShape.Union([.. all.Select(part => JsonSerializer.Deserialize(part, ComparisonJsonContext.Default.DatasetShape)!)]).Apply(share);
    }

    /// <summary>The counts of the classes among the rows of all processes, and what they weigh.</summary>
    internal static ClassCounts Count(Dataset share, LightGbmMachines machines)
    {
        int classes = share.Classes;
        ReadOnlySpan<double> weights = share.SampleWeights.Span;
        double[] sums = new double[3 * classes];
        for (int i = 0; i < share.Rows; i++)
        {
            int label = share.Labels[i];
            double weight = weights.IsEmpty ? 1 : weights[i];
            sums[label]++;
            sums[classes + label] += weight;
            sums[(2 * classes) + label] += weight * weight;
        }

        machines.Sum(sums);
        ClassCounts counts = ClassCounts.From([.. sums.Take(classes).Select(c => (long)c)], share.ClassNames);
        return weights.IsEmpty ? counts : counts.WithTotals(sums.AsSpan(classes, classes), sums.AsSpan(2 * classes));
    }

    /// <summary>Why a remedy cannot be trained by processes that each see a share of the rows; null if it can.</summary>
    internal static string? Refuses(TrainingPlan plan, Remedy remedy, Dataset share)
    {
        string? part = plan.Resampler is not null ? $"resample:{plan.Resampler}" : plan.Sampler is not null ? $"sampler:{plan.Sampler}"
            : plan.Ensemble is not null ? $"ensemble:{plan.Ensemble}" : null;
        return part is not null ? $"{part} needs all rows in one place. Over several machines there are weights, losses and the switches of boosting; or take "
                + "a sample with --max-rows on one."
            : RemedyDecision.Of(remedy) is { NeedsTuning: true } ? "the decision is tuned on models of parts of all rows. Train without it over several "
                + "machines, and find the threshold with 'decide' on the scores that 'predict' gives for rows kept back."
            : share.Columns.FirstOrDefault(c => c is TextColumn) is { } text ? $"column '{text.Name}' is running text, whose words are chosen by all rows; "
                + "leave it out with --drop."
            : null;
    }
}
