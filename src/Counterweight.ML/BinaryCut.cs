using System.Globalization;

namespace Counterweight.ML;

/// <summary>The least probability of 32 bits from which a decision of two classes says positive.</summary>
internal readonly record struct BinaryCut(float Threshold, bool Never)
{
    private const int Checks = 4096;

    /// <summary>The decision as an expression of ML.NET on the probability.</summary>
    internal string Expression => Never ? "x : x > 2f" : string.Create(CultureInfo.InvariantCulture, $"x : x >= {Threshold:R}f");

    /// <summary>Finds where a decision changes.</summary>
    /// <exception cref="ArgumentException">It has more than two classes, reads raw outputs, or does not change once, from the second class to none.</exception>
    internal static BinaryCut Of(IDecision decision)
    {
        if (decision.Classes != 2)
            throw new ArgumentException($"The decision has {decision.Classes} classes, and one probability per row is for two.", nameof(decision));
        if (decision is Decision { ScoresAreLogits: true })
            throw new ArgumentException("The decision is on raw outputs (logits), and here it is given probabilities.", nameof(decision));
        IDecision rule = decision is Decision saved ? saved.Rule : decision;
        if (!Says(rule, 1)) return Decided(rule, new(0, true));

        // Bits of floats from 0 to 1 are in the order of the floats.
        int least = -1, most = BitConverter.SingleToInt32Bits(1);
        while (most - least > 1)
        {
            int middle = (int)(((long)least + most) / 2);
            if (Says(rule, BitConverter.Int32BitsToSingle(middle))) most = middle;
            else least = middle;
        }

        return Decided(rule, new(BitConverter.Int32BitsToSingle(most), false));
    }

    private static BinaryCut Decided(IDecision rule, BinaryCut cut)
    {
        for (int i = 0; i <= Checks; i++)
        {
            float p = (float)i / Checks;
            if (Says(rule, p) != (!cut.Never && p >= cut.Threshold))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"The decision ({rule.Description}) does not say positive from one probability on: it changes near {p} once more. Keep it beside the model "
                    + $"(Decision.Save) and apply it to the scores."), nameof(rule));
        }

        return cut;
    }

    private static bool Says(IDecision rule, float probability)
    {
        Span<int> decided = stackalloc int[1];
        rule.Decide([1 - (double)probability, probability], decided, threads: 1);
        return decided[0] == 1;
    }
}
