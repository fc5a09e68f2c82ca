namespace Counterweight.Comparison;

/// <summary>Prepared features of some rows: numbers standardised, categories as codes. What learners and resamplers see.</summary>
/// <param name="Matrix">N x D values, row-major; a missing number is NaN unless the preparation filled it in.</param>
/// <param name="Levels">D values: how many codes a categorical column has (0..levels-1), 0 for a numeric column.</param>
public sealed record FeatureTable(SampleMatrix<float> Matrix, IReadOnlyList<int> Levels)
{
    /// <summary>What each row counts in training (N values of zero or more), or empty where all rows count the same.</summary>
    public ReadOnlyMemory<double> RowWeights { get; init; }

    /// <summary>Whether there are text columns beside <see cref="Matrix"/>; a learner of your own gets their most telling n-grams as columns of it.</summary>
    public bool HasText => Texts.Count > 0;

    /// <summary>The text columns, N rows each.</summary>
    internal IReadOnlyList<TextRows> Texts { get; init; } = [];

    /// <summary>N, the number of rows.</summary>
    public int Rows => Matrix.Rows;

    /// <summary>D, the number of columns.</summary>
    public int Columns => Matrix.Columns;

    /// <summary>The number of columns of <see cref="ToDense"/>.</summary>
    public int DenseWidth => Levels.Sum(l => l == 0 ? 1 : l);

    /// <summary>Some of the rows, in the stated order.</summary>
    /// <param name="rows">Row indices.</param>
    public FeatureTable Select(ReadOnlyMemory<int> rows) => this with
    {
        Matrix = Matrix.Select(rows, threads: 1),
        RowWeights = Selected(rows.Span),
        Texts = [.. Texts.Select(t => t.Select(rows.Span))],
    };

    /// <summary>The same columns with other rows, as a resampler returns them; they have neither weights nor texts.</summary>
    /// <param name="matrix">Rows with the same columns.</param>
    public FeatureTable With(SampleMatrix<float> matrix) => this with { Matrix = matrix, RowWeights = default, Texts = [] };

    /// <summary>Numbers as they are, every category as one column per code that is 1 where the row has it: N x <see cref="DenseWidth"/>, row-major.</summary>
    public float[] ToDense()
    {
        int width = DenseWidth;
        float[] dense = new float[checked(Rows * width)];
        for (int i = 0; i < Rows; i++)
        {
            ReadOnlySpan<float> row = Matrix.Row(i);
            Span<float> to = dense.AsSpan(i * width, width);
            int at = 0;
            for (int c = 0; c < row.Length; c++)
            {
                if (Levels[c] == 0) to[at++] = row[c];
                else
                {
                    to[at + (int)row[c]] = 1;
                    at += Levels[c];
                }
            }
        }

        return dense;
    }

    /// <summary>The row weights with a mean of one, N values; null where all rows count the same.</summary>
    internal double[]? MeanOneWeights() => MeanOne(RowWeights.Span);

    /// <summary>Weights with a mean of one; null where there are none.</summary>
    internal static double[]? MeanOne(ReadOnlySpan<double> weights)
    {
        if (weights.IsEmpty) return null;
        double sum = 0;
        foreach (double weight in weights) sum += weight;
        double[] scaled = weights.ToArray();
        for (int i = 0; i < scaled.Length; i++) scaled[i] *= scaled.Length / sum;
        return scaled;
    }

    private double[] Selected(ReadOnlySpan<int> rows)
    {
        if (RowWeights.IsEmpty) return [];
        ReadOnlySpan<double> all = RowWeights.Span;
        double[] selected = new double[rows.Length];
        for (int i = 0; i < selected.Length; i++) selected[i] = all[rows[i]];
        return selected;
    }
}
