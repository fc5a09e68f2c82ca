using System.Numerics;
using System.Numerics.Tensors;

namespace Counterweight.Comparison;

/// <summary>
/// The weighted mean cross entropy of multinomial logistic regression with its quadratic penalty, its gradient and its curvature: sum_i w_i (-log p_i,y_i) / N
/// + |W|^2 / (2N).
/// </summary>
/// <remarks>
/// <para>A point holds <see cref="Outputs"/> lines of <see cref="Line"/> values: a coefficient per dense column and the intercept last. K classes have K
/// lines; two have one, the difference w of their logits, of which each class has half: |W|^2 is then |w|^2 / 2.</para>
/// <para>Numbers lie column by column, so that all kernels run over rows with vectors; categories are the index of their one column of ones, so that one costs
/// an addition and not a product per level. Rows are summed in fixed chunks, so that the result does not depend on the number of threads.</para>
/// </remarks>
internal sealed class SoftmaxRegression
{
    /// <summary>Rows whose sums are one part.</summary>
    private const int ChunkRows = 2048;

    /// <summary>Columns are padded to a multiple of this many rows, of weight zero.</summary>
    private const int Pad = 32;

    /// <summary>Scores of a tile, to stay in the second cache.</summary>
    private const int TileScores = 16_384;

    /// <summary>The classes of a register tile.</summary>
    private const int ClassTile = 4;

    private const int ParallelWork = 1 << 19;

    /// <summary>The most values of a curvature, and the most rows it is taken from where there are more classes than two.</summary>
    private const long CurvatureLimit = 8_000_000, CurvatureRows = 32_768;

    private readonly int rows, stride, width, numbers, categories, threads, tile;
    private readonly double[] columns, weights;
    private readonly int[] numberLines, categoryLines, labels;
    private Partial[]? space;

    /// <summary>Lays the rows out.</summary>
    /// <param name="features">The rows, filled in.</param>
    /// <param name="labels">N codes; empty if only logits are wanted.</param>
    /// <param name="weights">N row weights with a mean of one; empty if only logits are wanted.</param>
    /// <param name="classes">K.</param>
    /// <param name="threads">The most threads.</param>
    /// <param name="byDifference">Whether two classes have one line. A loss that looks at more than the difference of two logits needs both.</param>
    internal SoftmaxRegression(
        FeatureTable features, ReadOnlySpan<int> labels, ReadOnlySpan<double> weights, int classes, int threads, bool byDifference = true)
    {
        (Classes, Outputs, this.threads) = (classes, classes == 2 && byDifference ? 1 : classes, Math.Max(1, threads));
        (rows, width) = (features.Rows, features.DenseWidth);
        stride = (rows + Pad - 1) / Pad * Pad;
        int wanted = Math.Clamp(TileScores / Outputs, Pad, 512);
        tile = wanted / Pad * Pad;
        int[] starts = new int[features.Columns];
        for (int c = 1; c < starts.Length; c++) starts[c] = starts[c - 1] + Math.Max(1, features.Levels[c - 1]);
        int[] numeric = [.. Enumerable.Range(0, starts.Length).Where(c => features.Levels[c] == 0)],
            categorical = [.. Enumerable.Range(0, starts.Length).Where(c => features.Levels[c] > 0)];
        (numbers, categories) = (numeric.Length, categorical.Length);
        numberLines = [.. numeric.Select(c => starts[c])];
        columns = new double[checked(stride * numbers)];
        categoryLines = new int[checked(stride * categories)];
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<float> row = features.Matrix.Row(i);
            for (int d = 0; d < numbers; d++) columns[(d * stride) + i] = row[numeric[d]];
            for (int c = 0; c < categories; c++) categoryLines[(c * stride) + i] = starts[categorical[c]] + (int)row[categorical[c]];
        }

        this.labels = new int[stride];
        this.weights = new double[stride];
        labels.CopyTo(this.labels);
        weights.CopyTo(this.weights);
    }

    /// <summary>K.</summary>
    internal int Classes { get; }

    /// <summary>The lines of a point: K, or one for the difference of two classes.</summary>
    internal int Outputs { get; }

    /// <summary>What multiplies half the squares of a line.</summary>
    private double Penalty => (Outputs == 1 ? 0.5 : 1.0) / rows;

    /// <summary>The values of a line: a coefficient per dense column, and the intercept.</summary>
    internal int Line => width + 1;

    /// <summary>A point as the (W + 1) x K coefficients that a model keeps, the intercepts last.</summary>
    internal double[] Coefficients(ReadOnlySpan<double> point)
    {
        double[] all = new double[Line * Classes];
        for (int j = 0; j < Line; j++)
        {
            if (Outputs == 1) (all[2 * j], all[(2 * j) + 1]) = (-0.5 * point[j], 0.5 * point[j]);
            else
                for (int k = 0; k < Classes; k++) all[(j * Classes) + k] = point[(k * Line) + j];
        }

        return all;
    }

    /// <summary>The point of (W + 1) x K coefficients.</summary>
    internal double[] Point(ReadOnlySpan<double> coefficients)
    {
        double[] point = new double[Outputs * Line];
        for (int j = 0; j < Line; j++)
        {
            if (Outputs == 1) point[j] = coefficients[(2 * j) + 1] - coefficients[2 * j];
            else
                for (int k = 0; k < Classes; k++) point[(k * Line) + j] = coefficients[(j * Classes) + k];
        }

        return point;
    }

    /// <summary>The value at some coefficients; writes the gradient.</summary>
    internal double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
    {
        double[] at = point.ToArray();
        Packed packed = Pack(at);
        int chunks = (rows + ChunkRows - 1) / ChunkRows;
        double value = 0, penalty = Penalty;
        gradient.Clear();
        int wave = IsParallel ? threads * 4 : 1;
        Partial[] partials = space ??= [.. Enumerable.Range(0, Math.Min(wave, chunks)).Select(_ => new Partial(this))];
        for (int first = 0; first < chunks; first += partials.Length)
        {
            int count = Math.Min(partials.Length, chunks - first), begin = first;
            if (IsParallel) Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, k => Chunk(begin + k, packed, partials[k]));
            else Chunk(first, packed, partials[0]);
            for (int k = 0; k < count; k++)
            {
                value += partials[k].Value;
                TensorPrimitives.Add(gradient, partials[k].Gradient, gradient);
            }
        }

        value /= rows;
        TensorPrimitives.Divide(gradient, rows, gradient);
        for (int k = 0; k < Outputs; k++)
        {
            ReadOnlySpan<double> line = point.Slice(k * Line, width);
            Span<double> to = gradient.Slice(k * Line, width);
            TensorPrimitives.MultiplyAdd(line, penalty, to, to);
            value += 0.5 * penalty * TensorPrimitives.SumOfSquares(line);
        }

        return value;
    }

    /// <summary>
    /// The second derivatives at a point, line by line, without those between lines: the whole curvature of two classes, and its diagonal blocks of more. Null
    /// where it would be too large.
    /// </summary>
    internal BlockCurvature? Curvature(ReadOnlySpan<double> point)
    {
        if ((long)Outputs * Line * Line > CurvatureLimit) return null;
        double[] at = point.ToArray();
        Packed packed = Pack(at);
        int chunks = (rows + ChunkRows - 1) / ChunkRows;

        // It only directs the steps, so that a part of many rows is enough.
        int step = Outputs == 1 ? 1 : (int)Math.Max(1, rows / CurvatureRows);
        int[] taken = [.. Enumerable.Range(0, chunks).Where(c => c % step == 0)];
        double scale = 1.0 / Math.Max(1, taken.Sum(c => Math.Min(ChunkRows, rows - (c * ChunkRows))));
        var curvature = new BlockCurvature(Outputs, Line);
        Partial partial = space?[0] ?? new Partial(this);
        foreach (int chunk in taken)
        {
            int begin = chunk * ChunkRows, end = Math.Min(rows, begin + ChunkRows);
            for (int from = begin; from < end; from += tile)
            {
                int size = Math.Min(tile, end - from), padded = (size + Pad - 1) / Pad * Pad;
                Scores(from, padded, packed, partial.Scores);
                Probabilities(from, size, padded, partial);
                for (int k = 0; k < Outputs; k++) AddCurvature(from, padded, partial.Scores.AsSpan(k * tile, padded), partial, curvature.Block(k));
            }
        }

        curvature.Factorise(scale, Penalty);
        return curvature;
    }

    /// <summary>N x K logits at (W + 1) x K coefficients.</summary>
    internal double[] Logits(ReadOnlySpan<double> coefficients)
    {
        double[] logits = new double[checked(rows * Classes)];
        Packed packed = Pack(Point(coefficients));
        double[] scores = new double[Padded(Outputs) * tile];

        // A difference goes to the second class, and the first has zero: the same probabilities.
        for (int from = 0; from < rows; from += tile)
        {
            int size = Math.Min(tile, rows - from), padded = (size + Pad - 1) / Pad * Pad;
            Scores(from, padded, packed, scores);
            for (int i = 0; i < size; i++)
            {
                Span<double> row = logits.AsSpan((from + i) * Classes, Classes);
                if (Outputs == 1) row[1] = scores[i];
                else
                    for (int k = 0; k < row.Length; k++) row[k] = scores[(k * tile) + i];
            }
        }

        return logits;
    }

    private bool IsParallel => threads > 1 && rows > ChunkRows && (long)rows * (numbers + categories + 1) * Outputs >= ParallelWork;

    private static int Padded(int outputs) => outputs == 1 ? 1 : (outputs + ClassTile - 1) / ClassTile * ClassTile;

    /// <summary>A point, and its coefficients of numbers in the order of the register tiles: number by number the classes of a tile side by side.</summary>
    private sealed record Packed(double[] Point, double[] Numbers);

    private Packed Pack(double[] point)
    {
        int outputs = Padded(Outputs);
        double[] packed = new double[outputs * numbers];
        for (int k = 0; k < Outputs; k++)
            for (int d = 0; d < numbers; d++)
                packed[Outputs == 1 ? d : (((k / ClassTile * numbers) + d) * ClassTile) + (k % ClassTile)] = point[(k * Line) + numberLines[d]];
        return new Packed(point, packed);
    }

    /// <summary>What a chunk of rows adds to value and gradient, and the space for a tile of it.</summary>
    private sealed class Partial(SoftmaxRegression owner)
    {
        internal double Value;

        internal readonly double[] Gradient = new double[owner.Outputs * owner.Line];

        /// <summary>Class by class the scores of a tile; later the probabilities, and the slopes.</summary>
        internal readonly double[] Scores = new double[Padded(owner.Outputs) * owner.tile];

        internal readonly double[] Most = new double[owner.tile], Sums = new double[owner.tile], Own = new double[owner.tile];

        /// <summary>The columns of a tile times its curvature of a class.</summary>
        internal double[] Products => products ??= new double[owner.numbers * owner.tile];

        private double[]? products;
    }

    private void Chunk(int chunk, Packed packed, Partial partial)
    {
        int begin = chunk * ChunkRows, end = Math.Min(rows, begin + ChunkRows);
        partial.Value = 0;
        Array.Clear(partial.Gradient);
        for (int from = begin; from < end; from += tile)
        {
            int size = Math.Min(tile, end - from), padded = (size + Pad - 1) / Pad * Pad;
            Scores(from, padded, packed, partial.Scores);
            partial.Value += Probabilities(from, size, padded, partial);
            for (int k = 0; k < Outputs; k++)
            {
                Span<double> slopes = partial.Scores.AsSpan(k * tile, padded);
                TensorPrimitives.Multiply(slopes, weights.AsSpan(from, padded), slopes);
            }

            for (int i = 0; i < size; i++)
            {
                if (Outputs > 1) partial.Scores[(labels[from + i] * tile) + i] -= weights[from + i];
                else if (labels[from + i] == 1) partial.Scores[i] -= weights[from + i];
            }

            AddGradient(from, padded, partial);
        }
    }

    /// <summary>The scores of a tile, class by class: intercept, numbers, categories.</summary>
    private void Scores(int from, int padded, Packed packed, double[] scores)
    {
        if (Outputs == 1) ScoresOfOne(from, padded, packed, scores);
        else
            for (int k = 0; k < Outputs; k += ClassTile) ScoresOfTile(from, padded, k, packed, scores);
        for (int k = 0; k < Outputs && categories > 0; k++)
        {
            ReadOnlySpan<double> line = packed.Point.AsSpan(k * Line, Line);
            Span<double> to = scores.AsSpan(k * tile, padded);
            for (int c = 0; c < categories; c++)
            {
                ReadOnlySpan<int> lines = categoryLines.AsSpan((c * stride) + from, padded);
                for (int i = 0; i < lines.Length && i < to.Length; i++) to[i] += line[lines[i]];
            }
        }
    }

    private void ScoresOfOne(int from, int padded, Packed packed, double[] scores)
    {
        int v = Vector<double>.Count;
        var intercept = new Vector<double>(packed.Point[width]);
        for (int i = 0; i < padded; i += 4 * v)
        {
            Vector<double> a = intercept, b = intercept, c = intercept, e = intercept;
            int at = from + i;
            for (int d = 0; d < numbers; d++, at += stride)
            {
                var factor = new Vector<double>(packed.Numbers[d]);
                a = Vector.FusedMultiplyAdd(new Vector<double>(columns, at), factor, a);
                b = Vector.FusedMultiplyAdd(new Vector<double>(columns, at + v), factor, b);
                c = Vector.FusedMultiplyAdd(new Vector<double>(columns, at + (2 * v)), factor, c);
                e = Vector.FusedMultiplyAdd(new Vector<double>(columns, at + (3 * v)), factor, e);
            }

            a.CopyTo(scores, i);
            b.CopyTo(scores, i + v);
            c.CopyTo(scores, i + (2 * v));
            e.CopyTo(scores, i + (3 * v));
        }
    }

    private void ScoresOfTile(int from, int padded, int k, Packed packed, double[] scores)
    {
        int v = Vector<double>.Count;
        double Intercept(int of) => of < Outputs ? packed.Point[(of * Line) + width] : 0;
        Vector<double> i0 = new(Intercept(k)), i1 = new(Intercept(k + 1)), i2 = new(Intercept(k + 2)), i3 = new(Intercept(k + 3));
        for (int i = 0; i < padded; i += 2 * v)
        {
            Vector<double> a0 = i0, a1 = i1, a2 = i2, a3 = i3, b0 = i0, b1 = i1, b2 = i2, b3 = i3;
            int at = from + i, factor = k * numbers;
            for (int d = 0; d < numbers; d++, at += stride, factor += ClassTile)
            {
                var x = new Vector<double>(columns, at);
                var y = new Vector<double>(columns, at + v);
                Vector<double> f0 = new(packed.Numbers[factor]), f1 = new(packed.Numbers[factor + 1]), f2 = new(packed.Numbers[factor + 2]),
                    f3 = new(packed.Numbers[factor + 3]);
                a0 = Vector.FusedMultiplyAdd(x, f0, a0);
                b0 = Vector.FusedMultiplyAdd(y, f0, b0);
                a1 = Vector.FusedMultiplyAdd(x, f1, a1);
                b1 = Vector.FusedMultiplyAdd(y, f1, b1);
                a2 = Vector.FusedMultiplyAdd(x, f2, a2);
                b2 = Vector.FusedMultiplyAdd(y, f2, b2);
                a3 = Vector.FusedMultiplyAdd(x, f3, a3);
                b3 = Vector.FusedMultiplyAdd(y, f3, b3);
            }

            int to = (k * tile) + i;
            a0.CopyTo(scores, to);
            b0.CopyTo(scores, to + v);
            a1.CopyTo(scores, to += tile);
            b1.CopyTo(scores, to + v);
            a2.CopyTo(scores, to += tile);
            b2.CopyTo(scores, to + v);
            a3.CopyTo(scores, to += tile);
            b3.CopyTo(scores, to + v);
        }
    }

    /// <summary>Turns the scores of a tile into probabilities, of two classes that of the second; returns the weighted sum of the losses.</summary>
    private double Probabilities(int from, int size, int padded, Partial partial)
    {
        double[] scores = partial.Scores;
        Span<double> most = partial.Most.AsSpan(0, padded), sums = partial.Sums.AsSpan(0, padded), own = partial.Own.AsSpan(0, padded);
        double value = 0;
        if (Outputs == 1)
        {
            // log(1 + e^s) = max(s, 0) + log(1 + e^-|s|)
            Span<double> only = scores.AsSpan(0, padded);
            TensorPrimitives.Abs<double>(only, most);
            TensorPrimitives.Negate<double>(most, most);
            TensorPrimitives.Exp<double>(most, most);
            TensorPrimitives.LogP1<double>(most, sums);
            for (int i = 0; i < size; i++)
            {
                double score = only[i];
                value += weights[from + i] * (Math.Max(score, 0) - (labels[from + i] == 1 ? score : 0) + sums[i]);
                only[i] = (score >= 0 ? 1 : most[i]) / (1 + most[i]);
            }

            only[size..].Clear();
            return value;
        }

        scores.AsSpan(0, padded).CopyTo(most);
        for (int k = 1; k < Outputs; k++) TensorPrimitives.Max(most, scores.AsSpan(k * tile, padded), most);
        for (int i = 0; i < size; i++) own[i] = scores[(labels[from + i] * tile) + i] - most[i];
        sums.Clear();
        for (int k = 0; k < Outputs; k++)
        {
            Span<double> line = scores.AsSpan(k * tile, padded);
            TensorPrimitives.Subtract(line, most, line);
            TensorPrimitives.Exp<double>(line, line);
            TensorPrimitives.Add(sums, line, sums);
        }

        TensorPrimitives.Log<double>(sums, most);
        for (int i = 0; i < size; i++) value += weights[from + i] * (most[i] - own[i]);
        TensorPrimitives.Divide(1.0, sums, sums);
        for (int k = 0; k < Outputs; k++)
        {
            Span<double> line = scores.AsSpan(k * tile, padded);
            TensorPrimitives.Multiply(line, sums, line);
        }

        return value;
    }

    private void AddGradient(int from, int padded, Partial partial)
    {
        for (int k = 0; k < Outputs; k++)
        {
            Span<double> slopes = partial.Scores.AsSpan(k * tile, padded), to = partial.Gradient.AsSpan(k * Line, Line);
            to[width] += TensorPrimitives.Sum<double>(slopes);
            for (int c = 0; c < categories; c++)
            {
                ReadOnlySpan<int> lines = categoryLines.AsSpan((c * stride) + from, padded);
                for (int i = 0; i < lines.Length && i < slopes.Length; i++) to[lines[i]] += slopes[i];
            }
        }

        int pairs = Outputs / 2 * 2;
        for (int k = 0; k < pairs; k += 2) GradientOfPair(from, padded, k, partial);
        if (pairs < Outputs)
        {
            ReadOnlySpan<double> slopes = partial.Scores.AsSpan(pairs * tile, padded);
            for (int d = 0; d < numbers; d++)
                partial.Gradient[(pairs * Line) + numberLines[d]] += TensorPrimitives.Dot(slopes, columns.AsSpan((d * stride) + from, padded));
        }
    }

    /// <summary>The gradient of two classes by four numbers at a time.</summary>
    private void GradientOfPair(int from, int padded, int k, Partial partial)
    {
        int v = Vector<double>.Count, first = k * tile, second = first + tile;
        double[] slopes = partial.Scores;
        for (int d = 0; d < numbers; d += 4)
        {
            // Numbers that are no more are the last one again, and not added.
            int c0 = (d * stride) + from, c1 = (Math.Min(d + 1, numbers - 1) * stride) + from, c2 = (Math.Min(d + 2, numbers - 1) * stride) + from,
                c3 = (Math.Min(d + 3, numbers - 1) * stride) + from;
            Vector<double> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
            for (int i = 0; i < padded; i += v)
            {
                Vector<double> s = new(slopes, first + i), t = new(slopes, second + i);
                var x = new Vector<double>(columns, c0 + i);
                a0 = Vector.FusedMultiplyAdd(s, x, a0);
                b0 = Vector.FusedMultiplyAdd(t, x, b0);
                x = new Vector<double>(columns, c1 + i);
                a1 = Vector.FusedMultiplyAdd(s, x, a1);
                b1 = Vector.FusedMultiplyAdd(t, x, b1);
                x = new Vector<double>(columns, c2 + i);
                a2 = Vector.FusedMultiplyAdd(s, x, a2);
                b2 = Vector.FusedMultiplyAdd(t, x, b2);
                x = new Vector<double>(columns, c3 + i);
                a3 = Vector.FusedMultiplyAdd(s, x, a3);
                b3 = Vector.FusedMultiplyAdd(t, x, b3);
            }

            Span<double> one = partial.Gradient.AsSpan(k * Line, Line), two = partial.Gradient.AsSpan((k + 1) * Line, Line);
            (one[numberLines[d]], two[numberLines[d]]) = (one[numberLines[d]] + Vector.Sum(a0), two[numberLines[d]] + Vector.Sum(b0));
            if (d + 1 < numbers) (one[numberLines[d + 1]], two[numberLines[d + 1]]) = (
                one[numberLines[d + 1]] + Vector.Sum(a1), two[numberLines[d + 1]] + Vector.Sum(b1));
            if (d + 2 < numbers) (one[numberLines[d + 2]], two[numberLines[d + 2]]) = (
                one[numberLines[d + 2]] + Vector.Sum(a2), two[numberLines[d + 2]] + Vector.Sum(b2));
            if (d + 3 < numbers) (one[numberLines[d + 3]], two[numberLines[d + 3]]) = (
                one[numberLines[d + 3]] + Vector.Sum(a3), two[numberLines[d + 3]] + Vector.Sum(b3));
        }
    }

    /// <summary>Adds w p (1 - p) x x^T of a tile and a class to the lower triangle of a block.</summary>
    private void AddCurvature(int from, int padded, Span<double> bends, Partial partial, Span<double> block)
    {
        for (int i = 0; i < bends.Length; i++) bends[i] *= (1 - bends[i]) * weights[from + i];
        int last = width * Line;
        block[last + width] += TensorPrimitives.Sum<double>(bends);
        for (int d = 0; d < numbers; d++)
        {
            Span<double> product = partial.Products.AsSpan(d * tile, padded);
            TensorPrimitives.Multiply(bends, columns.AsSpan((d * stride) + from, padded), product);
            block[last + numberLines[d]] += TensorPrimitives.Sum<double>(product);
            for (int e = 0; e <= d; e++)
                block[(numberLines[d] * Line) + numberLines[e]] += TensorPrimitives.Dot<double>(product, columns.AsSpan((e * stride) + from, padded));
        }

        for (int c = 0; c < categories; c++)
        {
            ReadOnlySpan<int> lines = categoryLines.AsSpan((c * stride) + from, padded);
            for (int i = 0; i < lines.Length && i < bends.Length; i++)
            {
                block[last + lines[i]] += bends[i];
                block[(lines[i] * Line) + lines[i]] += bends[i];
            }

            for (int b = 0; b < c; b++)
            {
                ReadOnlySpan<int> before = categoryLines.AsSpan((b * stride) + from, padded);
                for (int i = 0; i < lines.Length && i < bends.Length && i < before.Length; i++) block[(lines[i] * Line) + before[i]] += bends[i];
            }

            for (int d = 0; d < numbers; d++)
            {
                ReadOnlySpan<double> product = partial.Products.AsSpan(d * tile, padded);
                int number = numberLines[d];
                if (number < lines[0])
                    for (int i = 0; i < lines.Length && i < product.Length; i++) block[(lines[i] * Line) + number] += product[i];
                else
                    for (int i = 0; i < lines.Length && i < product.Length; i++) block[(number * Line) + lines[i]] += product[i];
            }
        }
    }
}
