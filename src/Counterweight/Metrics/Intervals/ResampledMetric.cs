namespace Counterweight;

/// <summary>A metric, or its difference between two predictions, on resampled rows.</summary>
internal sealed class ResampledMetric
{
    private readonly IMetric metric;
    private readonly Predictions[] sides;
    private readonly int[][] strata;        // the rows of each
    private readonly int[][] orders;        // of each side, for ranking metrics
    private readonly long[]? cells;         // of (truth, predictions of each side), for confusion metrics without weights
    private readonly int[] cellStarts = []; // of each stratum
    private readonly int classes;

    internal ResampledMetric(IMetric metric, Predictions first, Predictions? second, bool stratified)
    {
        this.metric = metric;
        sides = second is null ? [first] : [first, second];
        classes = first.Classes;
        bool ranking = first.IsBinary && (metric == Metric.RocAuc || metric == Metric.AveragePrecision);
        orders = ranking ? [.. sides.Select(Order)] : [];
        if (metric is ConfusionMetric)
            foreach (Predictions side in sides) _ = side.Predicted;
        int[] truth = first.Truth.ToArray();
        ReadOnlySpan<double> weights = first.Weights.Span;
        List<int>[] rows = [.. Enumerable.Range(0, stratified ? classes : 1).Select(_ => new List<int>())];
        for (int i = 0; i < truth.Length; i++)
            if (weights.IsEmpty || weights[i] > 0) rows[stratified ? truth[i] : 0].Add(i);
        strata = [.. rows.Where(r => r.Count > 0).Select(r => r.ToArray())];
        if (strata.Length == 0) throw new UnusableDataException("There are no rows of positive weight.");

        double size = Math.Pow(classes, sides.Length + 1);
        if (metric is not ConfusionMetric || !weights.IsEmpty || size > 1 << 16) return;
        cells = new long[(int)size];
        int block = cells.Length / classes;
        ReadOnlySpan<int> a = sides[0].Predicted.Span, b = sides[^1].Predicted.Span;
        for (int i = 0; i < truth.Length; i++) cells[truth[i] * block + (sides.Length == 1 ? a[i] : a[i] * classes + b[i])]++;
        cellStarts = stratified ? [.. Enumerable.Range(0, classes + 1).Select(c => c * block)] : [0, cells.Length];
    }

    internal string Name => metric.Name;

    internal double Estimate() => sides.Length == 1 ? metric.Evaluate(sides[0]) : metric.Evaluate(sides[1]) - metric.Evaluate(sides[0]);

    /// <summary>What one thread needs to evaluate resamples.</summary>
    internal Room CreateRoom() => cells is null ? new(new int[sides[0].Rows], []) : new([], new long[cells.Length]);

    /// <summary>The value on one resample; NaN where the metric is not defined.</summary>
    internal double Draw(ref SeededRandom random, Room room)
    {
        if (cells is not null)
        {
            for (int s = 0; s < cellStarts.Length - 1; s++)
            {
                long left = 0;
                for (int c = cellStarts[s]; c < cellStarts[s + 1]; c++) left += cells[c];
                long draws = left;
                for (int c = cellStarts[s]; c < cellStarts[s + 1]; c++)
                {
                    room.Cells[c] = cells[c] == left ? draws : BinomialDraw.Next(ref random, draws, (double)cells[c] / left);
                    draws -= room.Cells[c];
                    left -= cells[c];
                }
            }

            return OfCells(room.Cells);
        }

        Array.Clear(room.Draws);
        foreach (int[] rows in strata)
            for (int i = 0; i < rows.Length; i++) room.Draws[rows[random.NextInt32(rows.Length)]]++;
        return OfDraws(room.Draws);
    }

    /// <summary>The acceleration of BCa, from the values without one row.</summary>
    internal double Acceleration(int most, long seed, int threads)
    {
        double cubes = 0, squares = 0;
        foreach ((double rows, (double Count, double Value)[] left) in cells is null ? LeftOutRows(most, seed, threads) : LeftOutCells())
        {
            double count = left.Sum(l => l.Count);
            if (count == 0) continue;
            double mean = left.Sum(l => l.Count * l.Value) / count, scale = rows / count;
            foreach ((double times, double value) in left)
            {
                double influence = (rows - 1) * (mean - value) / rows;
                squares += times * scale * influence * influence;
                cubes += times * scale * influence * influence * influence;
            }
        }

        return squares == 0 ? 0 : cubes / (6 * Math.Pow(squares, 1.5));
    }

    private IEnumerable<(double Rows, (double Count, double Value)[] Left)> LeftOutCells()
    {
        long[] without = [.. cells!];
        for (int s = 0; s < cellStarts.Length - 1; s++)
        {
            List<(double, double)> left = [];
            double rows = 0;
            for (int c = cellStarts[s]; c < cellStarts[s + 1]; c++)
            {
                rows += cells![c];
                if (cells[c] == 0) continue;
                without[c]--;
                double value = OfCells(without);
                without[c]++;
                if (!double.IsNaN(value)) left.Add((cells[c], value));
            }

            yield return (rows, [.. left]);
        }
    }

    private IEnumerable<(double Rows, (double Count, double Value)[] Left)> LeftOutRows(int most, long seed, int threads)
    {
        int total = strata.Sum(rows => rows.Length);
        for (int s = 0; s < strata.Length; s++)
        {
            int[] rows = strata[s];
            int wanted = total <= most ? rows.Length : Math.Min(rows.Length, Math.Max(most / 10, (int)((long)most * rows.Length / total)));
            if (wanted < rows.Length)
            {
                rows = [.. rows];
                var random = new SeededRandom(seed, -1 - s);
                for (int i = 0; i < wanted; i++)
                {
                    int j = i + random.NextInt32(rows.Length - i);
                    (rows[i], rows[j]) = (rows[j], rows[i]);
                }
            }

            double[] values = new double[wanted];
            Parallel.For(0, wanted, Threads.Options(threads), AllOnce, (i, _, room) =>
            {
                room.Draws[rows[i]] = 0;
                values[i] = OfDraws(room.Draws);
                room.Draws[rows[i]] = 1;
                return room;
            }, _ => { });
            yield return (rows.Length, [.. values.Where(v => !double.IsNaN(v)).Select(v => (1.0, v))]);
        }
    }

    private Room AllOnce()
    {
        Room room = CreateRoom();
        foreach (int[] rows in strata)
            foreach (int row in rows) room.Draws[row] = 1;
        return room;
    }

    private double OfCells(long[] counts)
    {
        var confusion = (ConfusionMetric)metric;
        double[][] matrices = [.. sides.Select(_ => new double[classes * classes])];
        int block = counts.Length / classes;
        for (int c = 0; c < counts.Length; c++)
        {
            int truth = c / block, rest = c % block;
            if (sides.Length == 1) matrices[0][truth * classes + rest] += counts[c];
            else
            {
                matrices[0][truth * classes + rest / classes] += counts[c];
                matrices[1][truth * classes + rest % classes] += counts[c];
            }
        }

        return Defined(side => confusion.Evaluate(ConfusionMatrix.From(matrices[side], classes), sides[side].PositiveClass));
    }

    private double OfDraws(int[] draws) => Defined(side =>
    {
        if (orders.Length > 0) return Ranked(sides[side], orders[side], draws);
        return metric is ConfusionMetric or ScoredMetric ? metric.Evaluate(sides[side].Times(draws)) : metric.Evaluate(Repeated(sides[side], draws));
    });

    private double Defined(Func<int, double> evaluate)
    {
        try
        {
            return sides.Length == 1 ? evaluate(0) : evaluate(1) - evaluate(0);
        }
        catch (UnusableDataException)
        {
            return double.NaN;
        }
    }

    private static Predictions Repeated(Predictions predictions, int[] draws)
    {
        List<int> rows = new(draws.Length);
        for (int i = 0; i < draws.Length; i++)
            for (int k = 0; k < draws[i]; k++) rows.Add(i);
        return predictions.Select(rows.ToArray());
    }

    private static int[] Order(Predictions predictions)
    {
        (int offset, int stride) = predictions.Column(predictions.PositiveClass);
        return SortedScores.Order(predictions.Scores.Span, offset, stride, predictions.Rows, predictions.ThreadLimit);
    }

    private double Ranked(Predictions predictions, int[] order, int[] draws)
    {
        (int offset, int stride) = predictions.Column(predictions.PositiveClass);
        ReadOnlySpan<double> scores = predictions.Scores.Span, weights = predictions.Weights.Span;
        ReadOnlySpan<int> truth = predictions.Truth.Span;
        double tp = 0, fp = 0, area = 0, precision = 0;
        for (int i = order.Length - 1; i >= 0;)
        {
            double score = scores[order[i] * stride + offset], p = 0, n = 0;
            for (; i >= 0 && scores[order[i] * stride + offset] == score; i--)
            {
                int row = order[i];
                double w = weights.IsEmpty ? draws[row] : draws[row] * weights[row];
                if (truth[row] == predictions.PositiveClass) p += w;
                else n += w;
            }

            area += n * (tp + p / 2);
            tp += p;
            fp += n;
            if (p > 0) precision += p * (tp / (tp + fp));
        }

        if (metric == Metric.AveragePrecision) return tp == 0 ? 0 : precision / tp;
        return tp == 0 || fp == 0 ? double.NaN : area / tp / fp;
    }

    /// <summary>The working arrays of one thread.</summary>
    internal sealed record Room(int[] Draws, long[] Cells);
}
