using Microsoft.ML.Data;

namespace MlNetSample;

/// <summary>A card payment of a table that is MADE here by a random generator; no row is real.</summary>
/// <remarks>It has the shape of the table of European card payments that many tutorials use: 284,807 rows, 492 of them frauds (0.17 %), 28 anonymous
/// features and an amount. Frauds are a few small groups that each stand out in other features, and part of them do not stand out at all.</remarks>
internal sealed class Payment
{
    internal const int Features = 28, FullSize = 284_807, FullFrauds = 492;

    [VectorType(Features)]
    public float[] V { get; set; } = [];

    public float Amount { get; set; }

    public bool Label { get; set; }

    /// <summary>The same rows for the same seed; frauds are as rare as in the full table.</summary>
    internal static Payment[] Make(int rows, int seed)
    {
        var random = new Random(seed);
        int frauds = Math.Max(60, (int)((long)rows * FullFrauds / FullSize));
        var all = new Payment[rows];
        for (int i = 0; i < rows; i++)
        {
            bool fraud = i < frauds;
            int group = random.Next(4);
            float[] v = new float[Features];
            for (int c = 0; c < Features; c++)
            {
                double scale = 2 / (1 + (0.15 * c)), shift = fraud && group < 3 && c % 3 == group && c < 15 ? -2.6 * scale : 0;
                v[c] = (float)((scale * Normal(random)) + shift);
            }

            all[i] = new Payment { V = v, Amount = (float)Math.Exp(3 + (1.5 * Normal(random)) + (fraud ? 0.4 : 0)), Label = fraud };
        }

        random.Shuffle(all);
        return all;
    }

    /// <summary>Box and Muller (1958).</summary>
    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
