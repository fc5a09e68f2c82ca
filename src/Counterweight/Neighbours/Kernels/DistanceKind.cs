namespace Counterweight;

/// <summary>The families of distances, for the kernels.</summary>
internal enum DistanceKind
{
    Euclidean,
    Manhattan,
    Cosine,
    Mixed,
    ValueDifference,
}
