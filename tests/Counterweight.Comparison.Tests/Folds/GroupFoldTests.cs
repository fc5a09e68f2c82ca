using CsCheck;

namespace Counterweight.Comparison.Tests;

/// <summary>Grouped folds have every class, or the data are refused by name.</summary>
public sealed class GroupFoldTests
{
    private static readonly string[] Names = ["a", "b", "c", "d"];

    /// <summary>Small groups, each with some rows of some classes.</summary>
    private static readonly Gen<(int Classes, int Folds, int[][] Rows, int Seed)> Grouping =
        Gen.Select(Gen.Int[2, 4], Gen.Int[2, 4], Gen.Int).SelectMany((classes, folds, seed) =>
            Gen.Frequency((5, Gen.Const(0)), (3, Gen.Int[1, 3]), (1, Gen.Int[4, 40])).Array[classes].Array[folds, 14]
                .Select(rows => (classes, folds, rows, seed)));

    private static (int[] Labels, int[] Groups) Rows(int[][] counts)
    {
        int[] labels = [.. counts.SelectMany(g => g.SelectMany((n, c) => Enumerable.Repeat(c, n)))];
        return (labels, [.. counts.SelectMany((g, i) => Enumerable.Repeat(i, g.Sum()))]);
    }

    [Fact]
    public void Every_fold_of_groups_has_every_class_or_there_is_no_such_dealing() => Grouping.Sample(
        sample =>
        {
            (int classes, int folds, int[][] counts, int seed) = sample;
            (int[] labels, int[] groups) = Rows(counts);
            if (Enumerable.Range(0, classes).Any(c => !labels.Contains(c))) return;
            bool possible = Exists(counts, classes, folds);
            try
            {
                foreach (Fold fold in StratifiedFolds.Split(labels, Names[..classes], folds, 2, seed, groups))
                {
                    Assert.Empty(fold.Test.Select(i => groups[i]).Intersect(fold.Train.Select(i => groups[i])));
                    Assert.Equal(classes, fold.Test.Select(i => labels[i]).Distinct().Count());
                    Assert.Equal(classes, fold.Train.Select(i => labels[i]).Distinct().Count());
                }

                Assert.True(possible);
            }
            catch (UnusableDataException refused)
            {
                Assert.False(possible, refused.Message);
                Assert.Matches("^Class '[abcd]' has ", refused.Message);
                int most = StratifiedFolds.MostFolds(labels, classes, groups, folds);
                Assert.True(most < folds);
                Assert.Equal(most >= 2, refused.Message.Contains($"at most {most} folds", StringComparison.Ordinal));
                if (most >= 2) StratifiedFolds.Split(labels, Names[..classes], most, 1, seed, groups);
            }
        }, iter: 12_000);

    [Fact]
    public void Groups_that_tie_classes_together_are_refused_by_name()
    {
        // Every class is in three groups, yet two folds take three of them each: ab, bc, ca, and then three of one class alone.
        int[][] counts = [[1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 0, 0]];
        (int[] labels, int[] groups) = Rows(counts);
        Assert.Equal(2, StratifiedFolds.MostFolds(labels, 3, groups, 5));
        UnusableDataException refused = Assert.Throws<UnusableDataException>(() => StratifiedFolds.Split(labels, Names[..3], 3, 1, 0, groups));
        Assert.Contains("at most 2 folds", refused.Message, StringComparison.Ordinal);
        int[][] tied = [[1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1]];
        (labels, groups) = Rows(tied);
        Assert.Contains("no way of dealing", Assert.Throws<UnusableDataException>(() => StratifiedFolds.Split(labels, Names, 2, 1, 0, groups)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_thousand_classes_in_groups_are_dealt()
    {
        int[] labels = [.. Enumerable.Range(0, 6000).Select(i => i % 1000)], groups = [.. Enumerable.Range(0, 6000).Select(i => i / 2)];
        string[] names = [.. Enumerable.Range(0, 1000).Select(c => $"c{c}")];
        foreach (Fold fold in StratifiedFolds.Split(labels, names, 3, 1, 1, groups)) Assert.Equal(1000, fold.Test.Select(i => labels[i]).Distinct().Count());
    }

    [Fact]
    public void Held_out_rows_are_whole_groups_near_their_share_and_leave_every_class() => Grouping.Sample(sample =>
    {
        (int classes, int _, int[][] counts, int seed) = sample;
        (int[] labels, int[] groups) = Rows(counts);
        if (Enumerable.Range(0, classes).Any(c => !labels.Contains(c))) return;
        var random = new SeededRandom(seed);
        int never = groups[0];
        int[] marked = [.. groups.Select(g => g == never ? -1 : g)];
        (int[] larger, int[] smaller) = StratifiedFolds.Holdout(labels, classes, 0.15, marked, ref random);
        Assert.Equal(Enumerable.Range(0, labels.Length), larger.Concat(smaller).Order());
        Assert.Empty(larger.Select(i => groups[i]).Intersect(smaller.Select(i => groups[i])));
        Assert.DoesNotContain(smaller, i => groups[i] == never);
        Assert.Equal(classes, larger.Select(i => labels[i]).Distinct().Count());
        Assert.All(Enumerable.Range(0, classes), c => Assert.True(smaller.Count(i => labels[i] == c) < labels.Count(l => l == c)));
    });

    [Fact]
    public void Of_many_small_groups_the_held_out_part_has_its_share_of_every_class()
    {
        int[] groups = [.. Enumerable.Range(0, 3000).Select(i => i / 3)], labels = [.. groups.Select(g => g % 10 == 0 ? 1 : 0)];
        var random = new SeededRandom(1);
        (_, int[] smaller) = StratifiedFolds.Holdout(labels, 2, 0.15, groups, ref random);
        Assert.InRange(smaller.Count(i => labels[i] == 1), 42, 48);
        Assert.InRange(smaller.Count(i => labels[i] == 0), 402, 408);
    }

    /// <summary>Whether some dealing gives every fold every class: all of them are tried, group by group.</summary>
    private static bool Exists(int[][] counts, int classes, int folds)
    {
        int all = (1 << classes) - 1;
        int[] masks = [.. counts.Select(g => g.Select((n, c) => n > 0 ? 1 << c : 0).Sum())];
        HashSet<string> states = [string.Join(',', new int[folds])];
        foreach (int mask in masks)
        {
            var next = new HashSet<string>();
            foreach (string state in states)
            {
                int[] has = [.. state.Split(',').Select(int.Parse)];
                for (int f = 0; f < folds; f++)
                {
                    int[] with = [.. has];
                    with[f] |= mask;
                    Array.Sort(with);
                    next.Add(string.Join(',', with));
                }
            }

            states = next;
        }

        return states.Contains(string.Join(',', Enumerable.Repeat(all, folds)));
    }
}
