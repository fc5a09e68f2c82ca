namespace Counterweight.LightGbm;

/// <summary>A loss that LightGBM minimises although it does not know it: first and second derivatives for blocks of rows.</summary>
/// <remarks>
/// Implementations are immutable and may be called from several threads at once. <see cref="BoostingObjective"/> has the library's own; a user's
/// objective implements this interface and is given to <see cref="LightGbmTraining.Objective"/>.
/// </remarks>
public interface IBoostingObjective
{
    /// <summary>The name in progress reports and in the saved model: <c>focal(gamma=2)</c>.</summary>
    string Name { get; }

    /// <summary>How raw scores become probabilities.</summary>
    BoostingLink Link { get; }

    /// <summary>The number of scores per row: 1, or the number of classes K.</summary>
    int Outputs { get; }

    /// <summary>The scores from which boosting starts, one per output. They become part of the model.</summary>
    IReadOnlyList<double> InitialScores { get; }

    /// <summary>Writes the first and second derivatives of each row's weighted loss by each of its scores.</summary>
    /// <param name="block">The rows. With <see cref="BoostingBlock.IsExact"/> the second derivatives are written as they are; otherwise none is
    /// negative.</param>
    void Derivatives(in BoostingBlock block);

    /// <summary>The sum of the weighted losses of some rows, for watching validation data. The mean divides by the summed weights.</summary>
    /// <param name="block">The rows; its gradients are not touched.</param>
    double Loss(in BoostingBlock block);
}
