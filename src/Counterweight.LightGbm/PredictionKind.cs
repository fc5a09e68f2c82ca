namespace Counterweight.LightGbm;

/// <summary>What a prediction is.</summary>
internal enum PredictionKind
{
    Normal = 0,
    Raw = 1,
    Leaf = 2,
    Contribution = 3,
}
