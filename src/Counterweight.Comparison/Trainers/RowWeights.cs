using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>What rows weigh where the user named a column of weights, for programs: they are told one number per row to train on.</summary>
internal static class RowWeights
{
    /// <summary>The weights of some rows; empty where all rows count the same.</summary>
    internal static double[] Of(Dataset dataset, int[] rows)
    {
        if (dataset.SampleWeights.IsEmpty) return [];
        double[] weights = new double[rows.Length];
        for (int i = 0; i < rows.Length; i++) weights[i] = dataset.SampleWeights.Span[rows[i]];
        return weights;
    }

    /// <summary>Own weight times class weight of each row to train on, with a mean of one, as learners of the tool scale them.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="train">The rows to train on, after resampling.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="classWeights">K class weights, or null.</param>
    /// <returns>A number per entry of <paramref name="train"/>; null where all rows count the same.</returns>
    internal static double[]? OfTraining(Dataset dataset, int[] train, int[] labels, double[]? classWeights)
    {
        if (dataset.SampleWeights.IsEmpty) return null;
        double[] weights = Of(dataset, train);
        double sum = 0;
        for (int i = 0; i < weights.Length; i++) sum += weights[i] *= classWeights?[labels[i]] ?? 1;
        for (int i = 0; i < weights.Length; i++) weights[i] *= weights.Length / sum;
        return weights;
    }

    /// <summary>What the name of a split adds, so that fits with other weights, or without any, are never taken for each other.</summary>
    internal static string Mark(Dataset dataset) => dataset.SampleWeights.IsEmpty ? ""
        : "w" + Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(dataset.SampleWeights.Span)))[..8];
}
