using CsCheck;

namespace Counterweight.Comparison.Tests;

public sealed class FoldTests
{
    private static readonly string[] Names = ["a", "b", "c"];

    [Fact]
    public void Every_row_is_judged_once_a_repeat_and_never_trained_on_then() =>
        Gen.Select(Gen.Int[0, 2].Array[60, 200], Gen.Int[2, 5], Gen.Int[1, 3], Gen.Int).Sample((labels, folds, repeats, seed) =>
        {
            if (Enumerable.Range(0, 3).Any(c => labels.Count(l => l == c) < folds)) return;
            IReadOnlyList<Fold> split = StratifiedFolds.Split(labels, Names, folds, repeats, seed);
            Assert.Equal(folds * repeats, split.Count);
            for (int r = 0; r < repeats; r++)
                Assert.Equal(Enumerable.Range(0, labels.Length), split.Where(f => f.Repeat == r).SelectMany(f => f.Test).Order());
            foreach (Fold fold in split)
            {
                Assert.Equal(Enumerable.Range(0, labels.Length), fold.Train.Concat(fold.Test).Order());
                for (int c = 0; c < 3; c++)
                {
                    double share = (double)labels.Count(l => l == c) / folds;
                    Assert.InRange(fold.Test.Count(i => labels[i] == c), Math.Floor(share), Math.Ceiling(share));
                }
            }
        });

    [Fact]
    public void Rows_of_a_group_stay_together_and_folds_stay_balanced() => Gen.Select(Gen.Int[0, 2].Array[120, 300], Gen.Int[0, 40]).Sample((labels, seed) =>
    {
        int[] groups = [.. labels.Select((_, i) => i / 3)];
        foreach (Fold fold in StratifiedFolds.Split(labels, Names, 4, 1, seed, groups))
        {
            Assert.Empty(fold.Test.Select(i => groups[i]).Intersect(fold.Train.Select(i => groups[i])));
            Assert.InRange(fold.Test.Length, labels.Length / 8, labels.Length / 2);
        }
    });

    [Fact]
    public void The_same_seed_gives_the_same_folds_and_another_seed_others()
    {
        int[] labels = [.. Enumerable.Range(0, 90).Select(i => i % 3)];
        Assert.Equal(StratifiedFolds.Split(labels, Names, 3, 2, 5).Select(f => string.Join(' ', f.Test)),
            StratifiedFolds.Split(labels, Names, 3, 2, 5).Select(f => string.Join(' ', f.Test)));
        Assert.NotEqual(StratifiedFolds.Split(labels, Names, 3, 1, 5)[0].Test, StratifiedFolds.Split(labels, Names, 3, 1, 6)[0].Test);
    }

    [Fact]
    public void A_class_with_fewer_rows_than_folds_is_named()
    {
        int[] labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2];
        string message = Assert.Throws<UnusableDataException>(() => StratifiedFolds.Split(labels, Names, 5, 1, 0)).Message;
        Assert.Contains("Class 'c' has 2 rows, fewer than the 5 folds", message, StringComparison.Ordinal);
        Assert.Contains("at most 2 folds", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => StratifiedFolds.Split(labels, Names, 1, 1, 0));
    }
}
