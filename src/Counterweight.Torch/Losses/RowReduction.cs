using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Weighs and reduces losses that exist per row.</summary>
internal static class RowReduction
{
    /// <summary>Weighs losses by the class of their row and reduces them.</summary>
    /// <param name="perRow">One loss per row, zero where ignored.</param>
    /// <param name="target">The class of each row, of the same shape.</param>
    /// <param name="weights">K class weights, or null for ones.</param>
    /// <param name="reduction">How they become one number.</param>
    /// <param name="ignoreIndex">The target of rows that do not count.</param>
    /// <param name="normaliser">The total to divide by, if not that of this batch.</param>
    public static Tensor Reduce(Tensor perRow, Tensor target, double[]? weights, Reduction reduction, long ignoreIndex, double? normaliser)
    {
        Arguments.Normaliser(normaliser, reduction);
        Tensor classes = target.to(ScalarType.Int64), ignored = classes.Is(ignoreIndex);
        Tensor? perRowWeight = null;
        if (weights is not null)
        {
            Tensor table = torch.tensor(weights, dtype: perRow.dtype, device: perRow.device);
            perRowWeight = table.index_select(0, classes.Masked(ignored, 0).reshape(-1)).reshape(classes.shape).Masked(ignored, 0);
            perRow = perRow * perRowWeight;
        }

        return reduction switch
        {
            Reduction.None => perRow,
            Reduction.Sum => perRow.sum(),
            _ when normaliser is not null => perRow.sum().Over(normaliser.Value),
            Reduction.WeightedMean when perRowWeight is not null => Means.Divide(perRow.sum(), perRowWeight.sum()),
            _ => Means.Divide(perRow.sum(), ignored.logical_not().sum(type: perRow.dtype)),
        };
    }
}
