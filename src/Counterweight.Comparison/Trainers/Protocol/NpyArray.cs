namespace Counterweight.Comparison;

/// <summary>The numbers of a <c>.npy</c> file, as doubles in C order.</summary>
/// <param name="Shape">The length of every axis.</param>
/// <param name="Values">The numbers, row-major.</param>
/// <param name="Bits">How many bits a number of the file had.</param>
internal sealed record NpyArray(long[] Shape, double[] Values, int Bits);
