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

        /// <summary>The rows of the one split of a holdout.</summary>
        Holdout,

        /// <summary>The rows that are held back for the validation of a training program; one stream a fold.</summary>
        Validation,

        /// <summary>The seeds that training programs get; two streams a fold, the second for the noise floor.</summary>
        Program,

        /// <summary>The test rows that a bootstrap draws; one stream a draw.</summary>
        TestRows,

        /// <summary>The rows that a program is tried on.</summary>
        Trial,

        /// <summary>The rows that an exported model is tried on.</summary>
        Verification,
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

    /// <summary>The rows that an exported model is tried on are the same for all.</summary>
    internal static SeededRandom Verification() => Of(0, Purpose.Verification);

    internal static SeededRandom Holdout(long seed) => Of(seed, Purpose.Holdout);

    internal static SeededRandom Validation(long seed, int repeat, int fold) => Of(seed, Purpose.Validation, ((long)repeat << 16) + fold);

    internal static SeededRandom TestRows(long seed, int draw) => Of(seed, Purpose.TestRows, draw);

    internal static SeededRandom Trial(long seed) => Of(seed, Purpose.Trial);

    /// <summary>A seed that every framework takes, in [0, 2^31): the same for every candidate of a fold, another for the noise floor.</summary>
    internal static long ProgramSeed(long seed, int repeat, int fold, bool noise) =>
        (long)(Of(seed, Purpose.Program, ((long)repeat << 17) + ((long)fold << 1) + (noise ? 1 : 0)).NextUInt64() >> 33);

    private static SeededRandom Of(long seed, Purpose purpose, long index = 0) => new(seed, Number(purpose, index));

    private static long SeedFrom(SeededRandom random) => random.NextInt64(long.MaxValue);
}
