namespace Counterweight.Report;

/// <summary>The figures of a class; see <see cref="ClassDiagnosis"/>.</summary>
/// <param name="Label">The label.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="Share">Its share of the rows.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="PriorAfter">The share that the model will believe.</param>
/// <param name="RowsPerBatch">Its rows in a batch on average.</param>
/// <param name="ChanceAbsent">The chance that a batch has none.</param>
/// <param name="BatchesBetween">One batch in so many has any.</param>
/// <param name="LoneRowShare">The share of a batch's weight that its only row there has.</param>
/// <param name="RecallBefore">Expected recall without weights.</param>
/// <param name="RecallAfter">Expected recall with them.</param>
public sealed record ExplainClass(
    string Label, long Count, double Share, double Weight, double PriorAfter, double RowsPerBatch, double ChanceAbsent, double BatchesBetween,
    double LoneRowShare, double RecallBefore, double RecallAfter);
