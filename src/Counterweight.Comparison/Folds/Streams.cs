namespace Counterweight.Comparison;

/// <summary>
/// The random streams of a comparison, all in one place: each purpose has 2^32 of its own, so that no two choices made from one seed draw the same numbers.
/// The samplers and resamplers of the core library count theirs from 0, where the folds of a comparison have their own seed.
/// </summary>
internal static class Streams
{
    private const int Bits = 32;

    /// <summary>What a stream is for. The numbers are part of what the same seed gives: a new purpose is added at the end.</summary>
    internal enum Purpose
    {
        /// <summary>How rows, or groups, are dealt to folds; one stream a repeat.</summary>
        Folds,

        /// <summary>The rows that a learner holds out to stop early by.</summary>
        HeldOut,

        /// <summary>The order of the rows in an epoch without a sampler; one stream an epoch.</summary>
        Epoch,

        /// <summary>The initial weights of a network; one stream a layer.</summary>
        Weights,

        /// <summary>The seed of a member of an ensemble; one stream a member.</summary>
        Member,

        /// <summary>The rows of a member, from the member's seed.</summary>
        MemberRows,

        /// <summary>The rows by which a forest bins its columns.</summary>
        Bins,

        /// <summary>The rows of the rungs of a search; one stream a fold.</summary>
        Rung,

        /// <summary>The draws of the estimate on unseen rows; one stream an attempt.</summary>
        Estimate,

        /// <summary>The seed of the fold that is dealt, and of the fits made, inside the training rows of a fold.</summary>
        Inner,
    }

    /// <summary>The number of a stream.</summary>
    internal static long Number(Purpose purpose, long index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, uint.MaxValue);
        return ((long)purpose << Bits) + index;
    }

    internal static SeededRandom Folds(long seed, int repeat) => Of(seed, Purpose.Folds, repeat);

    internal static SeededRandom HeldOut(long seed) => Of(seed, Purpose.HeldOut);

    internal static SeededRandom Epoch(long seed, int epoch) => Of(seed, Purpose.Epoch, epoch);

    internal static SeededRandom Weights(long seed, int layer) => Of(seed, Purpose.Weights, layer);

    internal static SeededRandom MemberRows(long seed) => Of(seed, Purpose.MemberRows);

    internal static SeededRandom Bins(long seed) => Of(seed, Purpose.Bins);

    internal static SeededRandom Rung(long seed, Fold fold) => Of(seed, Purpose.Rung, ((long)fold.Repeat << 16) + fold.Index);

    internal static SeededRandom Estimate(long seed, long attempt) => Of(seed, Purpose.Estimate, attempt);

    /// <summary>The seed of a member of an ensemble.</summary>
    internal static long MemberSeed(long seed, int member) => SeedFrom(Of(seed, Purpose.Member, member));

    /// <summary>The seed of the folds inside a fold's training rows (0), or of the fit on one of them (1 and on).</summary>
    internal static long InnerSeed(long seed, int index) => SeedFrom(Of(seed, Purpose.Inner, index));

    private static SeededRandom Of(long seed, Purpose purpose, long index = 0) => new(seed, Number(purpose, index));

    private static long SeedFrom(SeededRandom random) => random.NextInt64(long.MaxValue);
}
