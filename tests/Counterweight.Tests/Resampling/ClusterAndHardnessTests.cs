using System.Numerics;

namespace Counterweight.Tests.Resampling;

/// <summary>Cluster centroids against plain Lloyd steps, and the instance hardness threshold against the probabilities it rests on.</summary>
public sealed class ClusterAndHardnessTests
{
    [Theory]
    [InlineData(400, 3, 8.0)]
    [InlineData(1500, 6, 20.0)]
    public void Each_round_is_a_step_of_Lloyds_algorithm(int count, int columns, double thinning)
    {
        (double[] values, int[] labels) = ResamplingData.Clouds(count, columns, 2, thinning, seed: 21);
        var rows = new SampleMatrix<double>(values, columns);
        double[][] majority = [.. Enumerable.Range(0, count).Where(r => labels[r] == 0).Select(r => rows.Row(r).ToArray())];
        double[][] centres = Centres(1);
        Assert.Equal(labels.Count(l => l == 1), centres.Length);
        int moved = 0;
        for (int rounds = 2; rounds <= 6; rounds++)
        {
            double[][] next = Step(majority, centres), found = Centres(rounds);
            for (int c = 0; c < next.Length; c++)
                for (int j = 0; j < columns; j++) Assert.Equal(next[c][j], found[c][j], 1e-9);
            moved += next.Zip(centres).Count(p => Squared(p.First, p.Second) > 1e-12);
            centres = found;
        }

        Assert.True(moved > 0);

        double[][] Centres(int rounds)
        {
            Resampled<double> result = new ClusterCentroids(Rounds: rounds).Resample(rows, labels, 2, seed: 5);
            return [.. Enumerable.Range(0, result.Rows.Rows).Where(r => result.Labels[r] == 0).Select(r => result.Rows.Row(r).ToArray())];
        }
    }

    [Fact]
    public void Centroids_of_clouds_far_apart_are_their_means_and_hard_voting_keeps_the_row_nearest_to_each()
    {
        const int clouds = 7, each = 30;
        var random = new SeededRandom(3);
        double[][] majority = [.. Enumerable.Range(0, clouds * each)
            .Select(i => (double[])[(100.0 * (i % clouds)) + random.NextGaussian(), (70.0 * (i % clouds * 3 % clouds)) + random.NextGaussian()])];
        double[] values = [.. majority.SelectMany(r => r), .. Enumerable.Range(0, 2 * clouds).Select(i => -50.0 - i)];
        int[] labels = [.. Enumerable.Repeat(0, clouds * each), .. Enumerable.Repeat(1, clouds)];
        var rows = new SampleMatrix<double>(values, 2);
        double[][] means = [.. Enumerable.Range(0, clouds)
            .Select(c => Enumerable.Range(0, 2).Select(j => majority.Where((_, i) => i % clouds == c).Average(r => r[j])).ToArray())];

        // A seeding may put two centres into one cloud; the best of some is the optimum.
        Resampled<double> best = Enumerable.Range(0, 10).Select(s => new ClusterCentroids().Resample(rows, labels, 2, seed: s)).MinBy(Inertia)!;
        double[][] centres = [.. Enumerable.Range(0, clouds).Select(r => best.Rows.Row(r).ToArray())];
        foreach (double[] mean in means) Assert.InRange(centres.Min(c => Squared(c, mean)), 0, 1e-18);
        Assert.All(best.SourceRows.Take(clouds), r => Assert.Equal(-1, r));

        Resampled<double> hard = Enumerable.Range(0, 10).Select(s => new ClusterCentroids(Hard: true).Resample(rows, labels, 2, seed: s)).MinBy(Inertia)!;
        IEnumerable<long> nearest = means.Select(m => (long)Enumerable.Range(0, majority.Length).MinBy(r => Squared(majority[r], m)));
        Assert.Equal(nearest.Order(), hard.SourceRows.Take(clouds).Order());

        double Inertia(Resampled<double> result) => majority.Sum(r => Enumerable.Range(0, clouds).Min(c => Squared(r, result.Rows.Row(c).ToArray())));
    }

    [Theory]
    [InlineData(5, 2)]
    [InlineData(3, 3)]
    public void Hardness_is_one_less_the_probability_out_of_fold(int folds, int classes)
    {
        (double[] values, int[] labels) = ResamplingData.Clouds(600, 4, classes, 3.0, seed: 8);
        var rows = new SampleMatrix<double>(values, 4);
        var watch = new Watch(values, new ForestEstimator(20));
        int[] kept = new InstanceHardnessThreshold(folds) { Estimator = watch }.Select(rows, labels, classes, seed: 4);

        // Each row is estimated once, by a model of all rows of the other folds; a class is spread over the folds evenly.
        Assert.Equal(folds, watch.Calls.Count);
        Assert.Equal(Enumerable.Range(0, 600), watch.Calls.SelectMany(c => c.Test).Order());
        double[] own = new double[600];
        foreach ((int[] train, int[] trainLabels, int[] test, double[] probabilities) in watch.Calls)
        {
            Assert.Equal(Enumerable.Range(0, 600).Except(test), train);
            Assert.Equal(train.Select(r => labels[r]), trainLabels);
            for (int c = 0; c < classes; c++) Assert.InRange(test.Count(r => labels[r] == c) * folds - labels.Count(l => l == c), -folds, folds);
            for (int i = 0; i < test.Length; i++)
            {
                own[test[i]] = probabilities[(i * classes) + labels[test[i]]];
                Assert.Equal(1, probabilities.AsSpan(i * classes, classes).ToArray().Sum(), 1e-9);
            }
        }

        // Of each class but the smallest, as many as the smallest has and those that tie with the last of them.
        int[] counts = [.. Enumerable.Range(0, classes).Select(c => labels.Count(l => l == c))];
        int smallest = counts.Min();
        for (int c = 0; c < classes; c++)
        {
            int[] all = [.. Enumerable.Range(0, 600).Where(r => labels[r] == c)], left = [.. kept.Where(r => labels[r] == c)];
            if (counts[c] == smallest)
            {
                Assert.Equal(all, left);
                continue;
            }

            double[] sorted = [.. all.Select(r => own[r]).Order()];
            double place = (1 - ((double)smallest / counts[c])) * (counts[c] - 1);
            int below = (int)place;
            double threshold = sorted[below] + ((place - below) * (sorted[Math.Min(below + 1, counts[c] - 1)] - sorted[below]));
            Assert.Equal(all.Where(r => own[r] >= threshold), left);
            Assert.InRange(left.Length, smallest, counts[c] - 1);
        }
    }

    [Fact]
    public void The_forest_finds_the_chances_of_the_classes()
    {
        // One column decides, with chances of 0.9, 0.2 and 0.6 in three ranges; the others are noise.
        var random = new SeededRandom(9);
        (double[] values, int[] labels, _) = Draw(4000);
        (double[] fresh, _, double[] expected) = Draw(1000);
        double[] found = new ForestEstimator(200)
            .Estimate(new SampleMatrix<double>(values, 3), labels, 2, new SampleMatrix<double>(fresh, 3), seed: 1, threads: 2);
        foreach (double chance in (double[])[0.9, 0.2, 0.6])
        {
            double mean = Enumerable.Range(0, 1000).Where(i => expected[i] == chance).Average(i => found[(2 * i) + 1]);
            Assert.Equal(chance, mean, 0.05);
        }

        (double[] Values, int[] Labels, double[] Chances) Draw(int n)
        {
            var x = new double[3 * n];
            var y = new int[n];
            var p = new double[n];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < 3; j++) x[(3 * i) + j] = random.NextDouble();
                p[i] = x[(3 * i) + 1] < 0.3 ? 0.9 : x[(3 * i) + 1] < 0.7 ? 0.2 : 0.6;
                y[i] = random.NextDouble() < p[i] ? 1 : 0;
            }

            return (x, y, p);
        }
    }

    [Fact]
    public void One_tree_of_distinct_rows_gives_the_shares_of_the_leaf()
    {
        // Two values, each with its own class: every tree that has drawn both separates them, so the forest is nearly certain.
        double[] values = [.. Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? 1.0 : 4.0)];
        int[] labels = [.. Enumerable.Range(0, 200).Select(i => i % 2)];
        double[] found = new ForestEstimator(1)
            .Estimate(new SampleMatrix<double>(values, 1), labels, 2, new SampleMatrix<double>((double[])[0, 1, 2.4, 2.6, 9], 1), seed: 0, threads: 1);
        Assert.Equal([1, 0], found[..2]);
        Assert.Equal([1, 0], found[2..4]);
        Assert.Equal([0, 1], found[8..]);
        Assert.All(found, p => Assert.True(p is 0 or 1));
    }

    [Theory]
    [InlineData(9, 5, 0)]
    [InlineData(500, 20, 0)]
    [InlineData(333, 4, 2)]
    public void The_spread_of_rows_is_the_mean_of_their_distances(int count, int columns, int categorical)
    {
        (double[] values, _) = ResamplingData.Clouds(count, columns, 2, 2.0, seed: 31);
        for (int i = 0; i < count; i++)
            for (int j = 0; j < columns; j++) values[(i * columns) + j] = j < categorical ? Math.Abs(i * 7 % (3 + j)) : 1e6 + (40 * values[(i * columns) + j]);
        var rows = new SampleMatrix<double>(values, columns, [.. Enumerable.Range(0, categorical)]);
        double sum = 0;
        for (int a = 0; a < count; a++)
            for (int b = 0; b < a; b++)
                sum += Math.Sqrt(Enumerable.Range(0, columns).Sum(j =>
                    j < categorical ? rows.Row(a)[j] == rows.Row(b)[j] ? 0 : 900.0 : Math.Pow(rows.Row(a)[j] - rows.Row(b)[j], 2)));
        double expected = sum / (count * (count - 1) / 2.0), found = Spread.MeanDistance(rows, 900, new SeededRandom(1), threads: 2);
        Assert.Equal(1, found / expected, 1e-6);
        Assert.Equal(found, Spread.MeanDistance(rows, 900, new SeededRandom(1), threads: 1));
    }

    [Fact]
    public void Prototypes_find_clouds_far_apart()
    {
        const int clouds = 5, count = 20_000;
        var random = new SeededRandom(12);
        double[] values = [.. Enumerable.Range(0, count)
            .SelectMany(i => (double[])[1e5 + (50.0 * (i % clouds)) + random.NextGaussian(), random.NextGaussian()])];
        var rows = new SampleMatrix<double>(values, 2);
        // Some seeding has a centre in every cloud.
        Assert.Contains(Enumerable.Range(0, 10), s =>
        {
            int[] owner = Prototypes.Assign(rows, clouds, 0, s, threads: 2);
            Assert.Equal(owner, Prototypes.Assign(rows, clouds, 0, s, threads: 1));
            return Enumerable.Range(0, count).All(i => owner[i] == owner[i % clouds]) && owner.Distinct().Count() == clouds;
        });
    }

    private static double[][] Step(double[][] rows, double[][] centres)
    {
        int[] owner = [.. rows.Select(r => Enumerable.Range(0, centres.Length).MinBy(c => Squared(r, centres[c])))];
        return [.. Enumerable.Range(0, centres.Length).Select(c =>
        {
            double[][] own = [.. rows.Where((_, i) => owner[i] == c)];
            return own.Length == 0 ? centres[c] : [.. Enumerable.Range(0, centres[c].Length).Select(j => own.Average(r => r[j]))];
        })];
    }

    private static double Squared(double[] a, double[] b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum();

    /// <summary>Notes what an estimator is given and what it says; rows are recognised by their values.</summary>
    private sealed class Watch(double[] values, ForestEstimator inner) : IProbabilityEstimator
    {
        internal List<(int[] Train, int[] Labels, int[] Test, double[] Probabilities)> Calls { get; } = [];

        public double[] Estimate<T>(SampleMatrix<T> train, ReadOnlySpan<int> labels, int classes, SampleMatrix<T> test, long seed, int threads)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            double[] probabilities = inner.Estimate(train, labels, classes, test, seed, threads);
            Calls.Add((Find(train), labels.ToArray(), Find(test), probabilities));
            return probabilities;
        }

        private int[] Find<T>(SampleMatrix<T> rows) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var known = Enumerable.Range(0, values.Length / rows.Columns).ToDictionary(i => values[i * rows.Columns]);
            return [.. Enumerable.Range(0, rows.Rows).Select(i => known[double.CreateChecked(rows.Row(i)[0])])];
        }
    }
}
