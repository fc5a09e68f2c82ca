using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Counterweight.LightGbm;

/// <summary>A table in LightGBM's bins, with labels and, if wanted, weights, initial scores and groups.</summary>
/// <remarks>
/// <para>The values are binned straight from the caller's memory; no copy is made beyond LightGBM's bins (a byte per value and column in most cases). NaN is
/// missing. Categorical columns hold whole numbers from 0. A column that never varies is kept out of training and listed in
/// <see cref="UnusedColumns"/>.</para>
/// <para>One owner disposes a dataset; a training that uses it keeps it alive until it ends.</para>
/// </remarks>
/// <example>
/// <code>
/// using LightGbmDataset training = LightGbmDataset.FromRows(values, columns: 28);
/// training.SetLabels(labels);
/// </code>
/// </example>
public sealed unsafe class LightGbmDataset : IDisposable
{
    /// <summary>The largest category code that LightGBM takes.</summary>
    public const int LargestCategory = int.MaxValue - 1;

    private const double ZeroThreshold = 1e-35f;
    private const int PushRows = 4096;
    private readonly DatasetHandle handle;

    private LightGbmDataset(DatasetHandle handle, int rows, ColumnSet columns, int threads, LightGbmParameters parameters)
    {
        this.handle = handle;
        (Rows, ColumnSet, Threads, Parameters) = (rows, columns, threads, parameters);
    }

    /// <summary>The number of rows N.</summary>
    public int Rows { get; }

    /// <summary>The number of columns.</summary>
    public int Columns => ColumnSet.Count;

    /// <summary>The names of the columns, in order.</summary>
    public IReadOnlyList<string> ColumnNames => ColumnSet.Names;

    /// <summary>The positions of the categorical columns, ascending.</summary>
    public IReadOnlyList<int> CategoricalColumns => ColumnSet.Categorical;

    /// <summary>The names of the columns that no tree can use: all missing, or one value only, or too few rows apart from its most frequent value.</summary>
    public IReadOnlyList<string> UnusedColumns { get; private set; } = [];

    /// <summary>Whether labels have been set.</summary>
    public bool HasLabels { get; private set; }

    internal DatasetHandle Handle => handle;

    internal ColumnSet ColumnSet { get; }

    internal int Threads { get; }

    internal LightGbmParameters Parameters { get; }

    /// <summary>Makes a dataset from rows one after the other: <c>values[row * columns + column]</c>.</summary>
    /// <param name="values">N x columns values; NaN is missing.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="options">Names, categorical columns, bins.</param>
    /// <exception cref="ArgumentException">The sizes or options do not fit.</exception>
    /// <exception cref="UnusableDataException">There is no row, a category code is no whole number from 0, or no column can be used.</exception>
    public static LightGbmDataset FromRows(ReadOnlySpan<double> values, int columns, LightGbmDatasetOptions? options = null)
    {
        fixed (double* data = values) return Create(data, NativeMethods.Float64, values.Length, columns, rowMajor: true, options);
    }

    /// <inheritdoc cref="FromRows(ReadOnlySpan{double}, int, LightGbmDatasetOptions?)"/>
    public static LightGbmDataset FromRows(ReadOnlySpan<float> values, int columns, LightGbmDatasetOptions? options = null)
    {
        fixed (float* data = values) return Create(data, NativeMethods.Float32, values.Length, columns, rowMajor: true, options);
    }

    /// <summary>Makes a dataset from columns one after the other: <c>values[column * N + row]</c>.</summary>
    /// <inheritdoc cref="FromRows(ReadOnlySpan{double}, int, LightGbmDatasetOptions?)"/>
    public static LightGbmDataset FromColumns(ReadOnlySpan<double> values, int columns, LightGbmDatasetOptions? options = null)
    {
        fixed (double* data = values) return Create(data, NativeMethods.Float64, values.Length, columns, rowMajor: false, options);
    }

    /// <inheritdoc cref="FromColumns(ReadOnlySpan{double}, int, LightGbmDatasetOptions?)"/>
    public static LightGbmDataset FromColumns(ReadOnlySpan<float> values, int columns, LightGbmDatasetOptions? options = null)
    {
        fixed (float* data = values) return Create(data, NativeMethods.Float32, values.Length, columns, rowMajor: false, options);
    }

    /// <summary>Makes a dataset from chunks, such as the results of a database, holding one chunk at a time.</summary>
    /// <param name="rows">The number of rows N of all chunks together.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="read">Starts reading the chunks from the first row. Called twice, first to look at the rows that decide the bins; once if there is a
    /// reference.</param>
    /// <param name="options">Names, categorical columns, bins.</param>
    /// <param name="cancellation">Stops between chunks.</param>
    /// <exception cref="UnusableDataException">The chunks do not have N rows, or two readings differ, or the values cannot be used.</exception>
    public static LightGbmDataset FromChunks(
        int rows, int columns, Func<IEnumerable<LightGbmChunk>> read, LightGbmDatasetOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        options = Check(rows, columns, options, chunks: true, out ColumnSet names);
        int threads = options.Parameters.Threads;
        DatasetHandle handle;
        if (options.Reference is { } reference)
        {
            using NativeCall call = NativeCall.Enter(threads);
            NativeCall.Check(NativeMethods.LGBM_DatasetCreateByReference(reference.handle, rows, out handle));
        }
        else handle = Sample(rows, read, options, names, ref threads, cancellation);

        var dataset = new LightGbmDataset(handle, rows, names, threads, options.Parameters);
        try
        {
            dataset.Push(read, cancellation);
            dataset.Complete(options.Reference);
            return dataset;
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>Makes a dataset from a CSV, TSV or LibSVM file as LightGBM's command-line program does: the first column is the label.</summary>
    /// <param name="file">The file, without a header line unless <c>header=true</c> is among the extra parameters.</param>
    /// <param name="options">Bins and reference. Column names come from the file's header.</param>
    public static LightGbmDataset FromFile(string file, LightGbmDatasetOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no file '{file}'.", file);
        options ??= new LightGbmDatasetOptions();
        LightGbmParameters parameters = options.Parameters;
        parameters.Validate();
        if (options.Reference is null) ParameterNames.Check(parameters.Extra);
        if (options.Machines is not null) throw new ArgumentException($"A dataset of several machines is made by {nameof(FromChunks)}.", nameof(options));
        DatasetHandle handle;
        int rows, columns;
        Action<string>? before = NativeLog.Redirect(parameters.Log);
        try
        {
            using NativeCall call = NativeCall.Enter(parameters.Threads);
            NativeCall.Check(NativeMethods.LGBM_DatasetCreateFromFile(
                file, parameters.DatasetText(options.CategoricalColumns), options.Reference?.handle ?? DatasetHandle.None, out handle));
            NativeCall.Check(NativeMethods.LGBM_DatasetGetNumData(handle, out rows));
            NativeCall.Check(NativeMethods.LGBM_DatasetGetNumFeature(handle, out columns));
        }
        finally
        {
            NativeLog.Redirect(before);
        }

        ColumnSet set = options.Reference?.ColumnSet ?? new ColumnSet(options.ColumnNames, options.CategoricalColumns, columns);
        var dataset = new LightGbmDataset(handle, rows, set, parameters.Threads, parameters) { HasLabels = true };
        dataset.Complete(options.Reference);
        return dataset;
    }

    /// <summary>A dataset of some of the rows, in the same bins, with their labels and weights.</summary>
    /// <param name="rows">Row numbers from 0, ascending, without repeats.</param>
    public LightGbmDataset Subset(ReadOnlySpan<int> rows)
    {
        if (rows.IsEmpty) throw new ArgumentException("A subset needs a row.", nameof(rows));
        for (int i = 0; i < rows.Length; i++)
        {
            if ((uint)rows[i] >= (uint)Rows) throw new ArgumentOutOfRangeException(nameof(rows), rows[i], $"Row numbers lie in 0..{Rows - 1}.");
            if (i > 0 && rows[i] <= rows[i - 1]) throw new ArgumentException($"Row numbers must ascend; {rows[i]} follows {rows[i - 1]}.", nameof(rows));
        }

        DatasetHandle subset;
        using (NativeCall call = NativeCall.Enter(Threads))
            fixed (int* indices = rows)
                NativeCall.Check(NativeMethods.LGBM_DatasetGetSubset(handle, indices, rows.Length, Parameters.DatasetText(CategoricalColumns), out subset));
        return new LightGbmDataset(subset, rows.Length, ColumnSet, Threads, Parameters) { HasLabels = HasLabels, UnusedColumns = UnusedColumns };
    }

    /// <summary>Sets the labels: class codes 0..K-1, or real numbers for regression.</summary>
    /// <param name="labels">N finite labels.</param>
    public void SetLabels(ReadOnlySpan<float> labels)
    {
        CheckFinite(labels, Rows, "label", nameof(labels), least: float.NegativeInfinity);
        fixed (float* data = labels) SetField("label", data, labels.Length, NativeMethods.Float32);
        HasLabels = true;
    }

    /// <summary>Sets the labels from class codes 0..K-1.</summary>
    /// <param name="labels">N codes, 0 or more.</param>
    public void SetLabels(ReadOnlySpan<int> labels)
    {
        CheckLength(labels.Length, Rows, "labels", nameof(labels));
        float[] codes = ArrayPool<float>.Shared.Rent(labels.Length);
        try
        {
            for (int i = 0; i < labels.Length; i++)
                codes[i] = labels[i] >= 0 ? labels[i]
                    : throw new UnusableDataException($"The label code {labels[i]} is below 0; codes lie in 0..K-1.", row: i + 1L);
            SetLabels(codes.AsSpan(0, labels.Length));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(codes);
        }
    }

    /// <summary>Sets the weights of the rows; an empty span takes them away.</summary>
    /// <param name="weights">N finite weights of 0 or more, or none.</param>
    public void SetWeights(ReadOnlySpan<float> weights)
    {
        if (!weights.IsEmpty) CheckFinite(weights, Rows, "weight", nameof(weights), least: 0);
        fixed (float* data = weights) SetField("weight", data, weights.Length, NativeMethods.Float32);
    }

    /// <summary>Sets the scores from which boosting starts. They are not part of the model: add them to its raw scores yourself.</summary>
    /// <param name="scores">N scores, or K x N for K scores per row, class by class: <c>scores[k * N + row]</c>.</param>
    public void SetInitialScores(ReadOnlySpan<double> scores)
    {
        if (scores.Length == 0 || scores.Length % Rows != 0)
            throw new ArgumentException($"{scores.Length} initial scores do not fit {Rows} rows.", nameof(scores));
        for (int i = 0; i < scores.Length; i++)
            if (!double.IsFinite(scores[i])) throw new UnusableDataException("The initial score is not a finite number.", row: i % Rows + 1L);
        fixed (double* data = scores) SetField("init_score", data, scores.Length, NativeMethods.Float64);
        HasInitialScores = true;
    }

    /// <summary>Sets the groups of consecutive rows, for ranking objectives given as extra parameters.</summary>
    /// <param name="sizes">The sizes of the groups in order; their sum is N.</param>
    public void SetGroups(ReadOnlySpan<int> sizes)
    {
        long sum = 0;
        foreach (int size in sizes)
            sum += size > 0 ? size : throw new ArgumentException($"A group has 1 or more rows; {size} is not.", nameof(sizes));
        if (sum != Rows) throw new ArgumentException($"The groups have {sum} rows together and the dataset has {Rows}.", nameof(sizes));
        fixed (int* data = sizes) SetField("group", data, sizes.Length, NativeMethods.Int32);
    }

    /// <summary>Frees the native memory.</summary>
    public void Dispose() => handle.Dispose();

    internal bool HasInitialScores { get; private set; }

    /// <summary>The labels in LightGBM's own memory; valid while the dataset is.</summary>
    internal ReadOnlySpan<float> Labels => Field("label");

    /// <summary>The weights in LightGBM's own memory, or nothing.</summary>
    internal ReadOnlySpan<float> Weights => Field("weight");

    private ReadOnlySpan<float> Field(string name)
    {
        using NativeCall call = NativeCall.Enter(Threads);
        NativeCall.Check(NativeMethods.LGBM_DatasetGetField(handle, name, out int count, out void* data, out _));
        return data is null ? [] : new ReadOnlySpan<float>(data, count);
    }

    private void SetField(string name, void* data, int count, int type)
    {
        using NativeCall call = NativeCall.Enter(Threads);
        NativeCall.Check(NativeMethods.LGBM_DatasetSetField(handle, name, data, count, type));
    }

    private static LightGbmDataset Create(void* data, int type, int length, int columns, bool rowMajor, LightGbmDatasetOptions? options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (length % columns != 0) throw new ArgumentException($"{length} values are not a whole number of rows of {columns} columns.", nameof(columns));
        int rows = length / columns;
        options = Check(rows, columns, options, chunks: false, out ColumnSet names);
        int threads = options.Parameters.Threads;
        foreach (int c in names.Categorical)
        {
            bool sparse = type == NativeMethods.Float64
                ? Categories(new StridedColumn<double>((double*)data, rows, columns, c, rowMajor), names.Names[c])
                : Categories(new StridedColumn<float>((float*)data, rows, columns, c, rowMajor), names.Names[c]);
            if (sparse && options.Reference is null) threads = 1;
        }

        DatasetHandle handle;
        Action<string>? before = NativeLog.Redirect(options.Parameters.Log);
        try
        {
            using NativeCall call = NativeCall.Enter(threads);
            NativeCall.Check(NativeMethods.LGBM_DatasetCreateFromMat(
                data, type, rows, columns, rowMajor ? 1 : 0, options.Parameters.DatasetText(names.Categorical),
                options.Reference?.handle ?? DatasetHandle.None, out handle));
        }
        finally
        {
            NativeLog.Redirect(before);
        }

        var dataset = new LightGbmDataset(handle, rows, names, threads, options.Parameters);
        try
        {
            dataset.Complete(options.Reference);
            return dataset;
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    private static LightGbmDatasetOptions Check(int rows, int columns, LightGbmDatasetOptions? options, bool chunks, out ColumnSet names)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        if (rows == 0) throw new UnusableDataException("There are no rows.");
        options ??= new LightGbmDatasetOptions();
        options.Parameters.Validate();
        ParameterNames.Check(options.Parameters.Extra);
        if (options.Machines is not null && !chunks)
            throw new ArgumentException($"A dataset of several machines is made by {nameof(FromChunks)}.", nameof(options));
        if (options.Reference is { } reference)
        {
            ObjectDisposedException.ThrowIf(reference.handle.IsClosed, reference);
            if (options.CategoricalColumns.Count > 0 && !options.CategoricalColumns.Order().SequenceEqual(reference.CategoricalColumns))
                throw new ArgumentException("A dataset with a reference takes its categorical columns from the reference.", nameof(options));
            if (options.ColumnNames.Count > 0) reference.ColumnSet.Check(options.ColumnNames);
            if (columns != reference.Columns)
                throw new UnusableDataException($"The data have {columns} columns and the dataset they are to be compared with has {reference.Columns}.");
            names = reference.ColumnSet;
        }
        else names = new ColumnSet(options.ColumnNames, options.CategoricalColumns, columns);

        return options;
    }

    private static DatasetHandle Sample(
        int rows, Func<IEnumerable<LightGbmChunk>> read, LightGbmDatasetOptions options, ColumnSet names, ref int threads, CancellationToken cancellation)
    {
        int columns = names.Count;
        string text = options.Parameters.DatasetText(names.Categorical);
        (int others, int all) = options.Machines?.Place(rows) ?? (0, rows);
        int[] picked;
        using (NativeCall call = NativeCall.Enter(threads))
        {
            NativeCall.Check(NativeMethods.LGBM_GetSampleCount(all, text, out int count));
            picked = new int[count];
            fixed (int* indices = picked) NativeCall.Check(NativeMethods.LGBM_SampleIndices(all, text, indices, out count));
            if (count < picked.Length) picked = picked[..count];
        }

        // LightGBM wants, column by column, the sampled values that are not zero, and where in the sample they are.
        var values = new List<double>[columns];
        var positions = new List<int>[columns];
        for (int c = 0; c < columns; c++) (values[c], positions[c]) = ([], []);
        int next = 0, start = 0;
        while (next < picked.Length && picked[next] < others) next++;
        foreach (LightGbmChunk chunk in read())
        {
            cancellation.ThrowIfCancellationRequested();
            CheckChunk(chunk, columns, start, rows);
            foreach (int c in names.Categorical)
                for (int r = 0; r < chunk.Rows; r++) CheckCategory(chunk[r, c], start + r, names.Names[c]);
            for (; next < picked.Length && picked[next] - others < start + chunk.Rows; next++)
            {
                for (int c = 0; c < columns; c++)
                {
                    double value = chunk[picked[next] - others - start, c];
                    if (!(Math.Abs(value) > ZeroThreshold) && !double.IsNaN(value)) continue;
                    values[c].Add(value);
                    positions[c].Add(next);
                }
            }

            start += chunk.Rows;
        }

        if (start != rows) throw new UnusableDataException($"{rows} rows were announced and {start} were read.");
        if (options.Machines is not null) Exchange(options.Machines, values, positions);
        foreach (int c in names.Categorical)
            if (IsSparse(values[c].Where(v => !double.IsNaN(v)).DefaultIfEmpty(0).Max(), () => values[c].Distinct().Count())) threads = 1;

        double** samples = (double**)NativeMemory.Alloc((nuint)columns, (nuint)sizeof(double*));
        int** indexes = (int**)NativeMemory.Alloc((nuint)columns, (nuint)sizeof(int*));
        var pins = new List<GCHandle>(2 * columns);
        int[] counts = new int[columns];
        Action<string>? before = NativeLog.Redirect(options.Parameters.Log);
        try
        {
            for (int c = 0; c < columns; c++)
            {
                counts[c] = values[c].Count;
                pins.Add(GCHandle.Alloc(values[c].ToArray(), GCHandleType.Pinned));
                samples[c] = (double*)pins[^1].AddrOfPinnedObject();
                pins.Add(GCHandle.Alloc(positions[c].ToArray(), GCHandleType.Pinned));
                indexes[c] = (int*)pins[^1].AddrOfPinnedObject();
                (values[c], positions[c]) = ([], []);
            }

            using NativeCall call = NativeCall.Enter(threads);
            DatasetHandle handle;
            fixed (int* perColumn = counts)
                NativeCall.Check(NativeMethods.LGBM_DatasetCreateFromSampledColumn(
                    samples, indexes, columns, perColumn, picked.Length, rows, all, text, out handle));
            return handle;
        }
        finally
        {
            NativeLog.Redirect(before);
            foreach (GCHandle pin in pins) pin.Free();
            NativeMemory.Free(samples);
            NativeMemory.Free(indexes);
        }
    }

    /// <summary>Puts the sampled values of all machines together, column by column, in the order of the machines, which is that of their rows.</summary>
    private static void Exchange(LightGbmMachines machines, List<double>[] values, List<int>[] positions)
    {
        using var own = new MemoryStream(checked(values.Sum(v => sizeof(int) + (v.Count * (sizeof(double) + sizeof(int))))));
        foreach ((List<double> column, List<int> places) in values.Zip(positions))
        {
            own.Write(BitConverter.GetBytes(column.Count));
            own.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(column)));
            own.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(places)));
            column.Clear();
            places.Clear();
            (column.Capacity, places.Capacity) = (0, 0);
        }

        foreach (byte[] part in machines.Gather(own.GetBuffer().AsSpan(0, (int)own.Length)))
        {
            ReadOnlySpan<byte> rest = part;
            for (int c = 0; c < values.Length; c++)
            {
                if (rest.IsEmpty) throw new UnusableDataException($"The machines have different columns; this one has {values.Length}.");
                int count = BitConverter.ToInt32(rest);
                rest = rest[sizeof(int)..];
                foreach (double value in MemoryMarshal.Cast<byte, double>(rest[..(count * sizeof(double))])) values[c].Add(value);
                rest = rest[(count * sizeof(double))..];
                foreach (int place in MemoryMarshal.Cast<byte, int>(rest[..(count * sizeof(int))])) positions[c].Add(place);
                rest = rest[(count * sizeof(int))..];
            }

            if (!rest.IsEmpty) throw new UnusableDataException($"The machines have different columns; this one has {values.Length}.");
        }
    }

    private void Push(Func<IEnumerable<LightGbmChunk>> read, CancellationToken cancellation)
    {
        using (NativeCall call = NativeCall.Enter(Threads)) NativeCall.Check(NativeMethods.LGBM_DatasetSetWaitForManualFinish(handle, 1));
        float[]? labels = null, weights = null;
        byte[]? buffer = null;
        int start = 0, labelled = 0, weighted = 0;
        try
        {
            foreach (LightGbmChunk chunk in read())
            {
                cancellation.ThrowIfCancellationRequested();
                CheckChunk(chunk, Columns, start, Rows);
                foreach (int c in CategoricalColumns)
                    for (int r = 0; r < chunk.Rows; r++) CheckCategory(chunk[r, c], start + r, ColumnNames[c]);
                PushChunk(chunk, start, ref buffer);
                Copy(chunk.Labels, chunk.Rows, start, ref labels, ref labelled, "labels");
                Copy(chunk.Weights, chunk.Rows, start, ref weights, ref weighted, "weights");
                start += chunk.Rows;
            }
        }
        finally
        {
            if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
        }

        if (start != Rows) throw new UnusableDataException($"{Rows} rows were announced and {start} were read the second time.");
        if ((labelled != 0 && labelled != Rows) || (weighted != 0 && weighted != Rows))
            throw new UnusableDataException("Some chunks have labels or weights and some have none.");
        using (NativeCall call = NativeCall.Enter(Threads)) NativeCall.Check(NativeMethods.LGBM_DatasetMarkFinished(handle));
        if (labels is not null) SetLabels(labels);
        if (weights is not null) SetWeights(weights);
    }

    private void PushChunk(LightGbmChunk chunk, int start, ref byte[]? buffer)
    {
        int type = chunk.IsFloat ? NativeMethods.Float32 : NativeMethods.Float64;
        if (chunk.IsRowMajor)
        {
            fixed (double* doubles = chunk.Doubles)
            fixed (float* floats = chunk.Floats)
            {
                using NativeCall call = NativeCall.Enter(Threads);
                NativeCall.Check(NativeMethods.LGBM_DatasetPushRows(handle, chunk.IsFloat ? floats : doubles, type, chunk.Rows, Columns, start));
            }

            return;
        }

        int size = chunk.IsFloat ? sizeof(float) : sizeof(double);
        buffer ??= ArrayPool<byte>.Shared.Rent(checked(PushRows * Columns * sizeof(double)));
        for (int at = 0; at < chunk.Rows; at += PushRows)
        {
            int count = Math.Min(PushRows, chunk.Rows - at);
            chunk.Transpose(at, count, buffer.AsSpan(0, count * Columns * size));
            fixed (byte* data = buffer)
            {
                using NativeCall call = NativeCall.Enter(Threads);
                NativeCall.Check(NativeMethods.LGBM_DatasetPushRows(handle, data, type, count, Columns, start + at));
            }
        }
    }

    private void Copy(ReadOnlyMemory<float> source, int rows, int start, ref float[]? target, ref int total, string what)
    {
        if (source.IsEmpty) return;
        CheckLength(source.Length, rows, what, what);
        source.Span.CopyTo((target ??= new float[Rows]).AsSpan(start));
        total += rows;
    }

    private void Complete(LightGbmDataset? reference)
    {
        if (reference is not null)
        {
            UnusedColumns = reference.UnusedColumns;
            return;
        }

        ColumnSet.Apply(handle, Threads);
        List<string> unused = [];
        using (NativeCall call = NativeCall.Enter(Threads))
        {
            for (int c = 0; c < Columns; c++)
            {
                NativeCall.Check(NativeMethods.LGBM_DatasetGetFeatureNumBin(handle, c, out int bins));
                if (bins == 0) unused.Add(ColumnNames[c]);
            }
        }

        UnusedColumns = unused;
        if (unused.Count == Columns)
        {
            string some = string.Join(", ", unused.Take(5).Select(n => $"'{n}'")) + (unused.Count > 5 ? ", ..." : "");
            throw new UnusableDataException(
                $"No column can be used for a split ({some}): each is all missing, has one value only, or has fewer than "
                + $"{Parameters.MinRowsInLeaf} rows beside its most frequent value (see {nameof(LightGbmParameters.MinRowsInLeaf)}).");
        }
    }

    private static void CheckChunk(LightGbmChunk chunk, int columns, int start, int rows)
    {
        if (chunk.Columns != columns) throw new UnusableDataException($"A chunk has {chunk.Columns} columns and the dataset {columns}.", row: start + 1L);
        if (chunk.Rows > rows - start) throw new UnusableDataException($"{rows} rows were announced and more were read.");
    }

    private readonly struct StridedColumn<T>(T* data, int rows, int columns, int column, bool rowMajor) where T : unmanaged, IFloatingPoint<T>
    {
        private readonly T* first = data + (rowMajor ? column : (long)column * rows);
        private readonly int step = rowMajor ? columns : 1;

        internal int Rows => rows;

        internal double this[int row] => double.CreateTruncating(first[(long)row * step]);
    }

    /// <summary>Checks the codes of a categorical column; true if LightGBM will warn about gaps between them.</summary>
    private static bool Categories<T>(StridedColumn<T> column, string name) where T : unmanaged, IFloatingPoint<T>
    {
        double largest = 0;
        for (int r = 0; r < column.Rows; r++) largest = Math.Max(largest, CheckCategory(column[r], r, name));
        return IsSparse(largest, () =>
        {
            var distinct = new HashSet<double>();
            for (int r = 0; r < column.Rows; r++) distinct.Add(column[r]);
            return distinct.Count / (column.Rows > 200_000 ? 4 : 1);
        });
    }

    /// <summary>
    /// LightGBM warns of gaps between codes from a thread that has no log callback, and so on standard output. One thread, the caller's, does not.
    /// </summary>
    private static bool IsSparse(double largest, Func<int> distinct) => largest >= 100 && largest / 100 >= distinct();

    private static double CheckCategory(double value, int row, string name)
    {
        if (double.IsNaN(value)) return 0;
        if (!(value >= 0 && value <= LargestCategory && Math.Floor(value) == value))
            throw new UnusableDataException(
                string.Create(CultureInfo.InvariantCulture,
                    $"{value:R} is not a category code; LightGBM takes whole numbers in 0..{LargestCategory}, and NaN for missing."),
                row: row + 1L, column: name);
        return value;
    }

    private static void CheckLength(int found, int rows, string what, string parameter)
    {
        if (found != rows) throw new ArgumentException($"{found} {what} were given for {rows} rows.", parameter);
    }

    private static void CheckFinite(ReadOnlySpan<float> values, int rows, string what, string parameter, float least)
    {
        CheckLength(values.Length, rows, what + "s", parameter);
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]) || values[i] < least)
                throw new UnusableDataException(
                    string.Create(CultureInfo.InvariantCulture, $"The {what} {values[i]:R} is not a finite number{(least == 0 ? " of 0 or more" : "")}."),
                    row: i + 1L);
        }
    }
}
