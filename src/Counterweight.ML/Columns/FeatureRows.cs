using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>The features of the rows of a view, as one array.</summary>
internal sealed class FeatureRows
{
    private readonly DataViewSchema.Column column;
    private float[] values = new float[1 << 12];
    private long used;

    /// <summary>Takes a column of vectors of a fixed size.</summary>
    /// <exception cref="UnusableDataException">The column is of another type.</exception>
    internal FeatureRows(DataViewSchema.Column column)
    {
        this.column = column;
        if (column.Type is not VectorDataViewType { Size: > 0 } vector
            || (vector.ItemType.RawType != typeof(float) && vector.ItemType.RawType != typeof(double)))
            throw ViewColumns.Unfit(column, "a vector of Single or Double of a fixed size (mlContext.Transforms.Concatenate makes one)");
        Width = vector.Size;
    }

    /// <summary>The number of features.</summary>
    internal int Width { get; }

    internal float[] Finish() => values[..(int)used];

    /// <summary>The names of the slots, if all have one and they differ.</summary>
    internal string[]? SlotNames()
    {
        if (!column.HasSlotNames()) return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        string[] texts = [.. names.DenseValues().Select(n => n.ToString())];
        return texts.Length == Width && texts.All(t => t.Length > 0) && texts.Distinct(StringComparer.Ordinal).Count() == Width ? texts : null;
    }

    /// <summary>Gives the reader of the current row.</summary>
    internal Action Reader(DataViewRow cursor)
    {
        if (((VectorDataViewType)column.Type).ItemType.RawType == typeof(float))
        {
            ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(column);
            VBuffer<float> row = default;
            return () =>
            {
                get(ref row);
                row.CopyTo(Next());
            };
        }

        ValueGetter<VBuffer<double>> getWide = cursor.GetGetter<VBuffer<double>>(column);
        VBuffer<double> wide = default;
        double[] buffer = new double[Width];
        return () =>
        {
            getWide(ref wide);
            wide.CopyTo(buffer);
            Span<float> to = Next();
            for (int i = 0; i < to.Length; i++) to[i] = (float)buffer[i];
        };
    }

    /// <summary>Scales numeric columns to a mean of 0 and a deviation of 1, in place.</summary>
    /// <returns>What they were scaled by; mean 0 and deviation 0 for those left alone.</returns>
    internal static ColumnScale[] Standardise(float[] values, int width, IReadOnlyCollection<int>? categorical)
    {
        int rows = values.Length / width;
        double[] own = new double[rows];
        var scales = new ColumnScale[width];
        for (int c = 0; c < width; c++)
        {
            if (categorical?.Contains(c) == true) continue;
            bool finite = true;
            for (int i = 0; i < rows; i++)
            {
                own[i] = values[(i * width) + c];
                finite &= !double.IsInfinity(own[i]);
            }

            // An infinite value is left for the resampler to refuse by row and slot.
            if (!finite) continue;
            ColumnScale scale = ColumnScale.Of(own);
            if (!(scale.Deviation > 0)) continue;
            scales[c] = scale;
            for (int i = 0; i < rows; i++) values[(i * width) + c] = (float)scale.Standardise(own[i]);
        }

        return scales;
    }

    /// <summary>Takes rows back to the units of their columns, in place.</summary>
    internal static void Restore(float[] values, ColumnScale[] scales)
    {
        for (int i = 0; i < values.Length; i++)
            if (scales[i % scales.Length] is { Deviation: > 0 } scale) values[i] = (float)scale.Restore(values[i]);
    }

    private Span<float> Next()
    {
        if (used + Width > Array.MaxLength)
            throw new UnusableDataException($"More than {Array.MaxLength} features do not fit into memory at once. Resample fewer rows or columns.",
                row: (used / Width) + 1, column: column.Name);
        if (used + Width > values.Length) Array.Resize(ref values, (int)Math.Min(Array.MaxLength, Math.Max(used + Width, 2L * values.Length)));
        Span<float> row = values.AsSpan((int)used, Width);
        used += Width;
        return row;
    }
}
