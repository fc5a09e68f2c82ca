using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Counterweight;

/// <summary>The functions of the C interface; <c>include/counterweight.h</c> says what each does.</summary>
internal static unsafe partial class Exports
{
    private static readonly byte* VersionText = Permanent(typeof(Call).Assembly.GetName().Version!.ToString(3));

    [UnmanagedCallersOnly(EntryPoint = "cw_version")]
    public static byte* Version() => VersionText;

    [UnmanagedCallersOnly(EntryPoint = "cw_last_error")]
    public static byte* LastError() => Call.LastError();

    [UnmanagedCallersOnly(EntryPoint = "cw_set_threads")]
    public static int SetThreads(int threads) => Call.Run(() => Call.Wanted = threads);

    [UnmanagedCallersOnly(EntryPoint = "cw_threads")]
    public static int ThreadCount() => Call.Threads;

    [UnmanagedCallersOnly(EntryPoint = "cw_size")]
    public static int Size(long handle, int part, long* size) => Call.Run(() =>
    {
        Borrowed.Place(size, "size");
        *size = Handles.Get<Result>(handle, "a result").Size(part);
    });

    [UnmanagedCallersOnly(EntryPoint = "cw_copy")]
    public static int Copy(long handle, int part, void* destination, long bytes) =>
        Call.Run(() => Handles.Get<Result>(handle, "a result").Copy(part, (byte*)destination, bytes));

    [UnmanagedCallersOnly(EntryPoint = "cw_free")]
    public static int Free(long handle) => Call.Run(() => Handles.Free(handle));

    [UnmanagedCallersOnly(EntryPoint = "cw_encode")]
    public static int Encode(void* labels, int type, long rows, int* codes, long* result) => Call.Run(() =>
    {
        Borrowed.Place(result, "result");
        Memory<int> target = Borrowed.Array(codes, rows, "codes");
        (long[] values, long[] counts) = type switch
        {
            1 => LabelCodes.Encode<sbyte>(Borrowed.Array((sbyte*)labels, rows, "labels"), target, Call.Threads),
            2 => LabelCodes.Encode<byte>(Borrowed.Array((byte*)labels, rows, "labels"), target, Call.Threads),
            3 => LabelCodes.Encode<short>(Borrowed.Array((short*)labels, rows, "labels"), target, Call.Threads),
            4 => LabelCodes.Encode<ushort>(Borrowed.Array((ushort*)labels, rows, "labels"), target, Call.Threads),
            5 => LabelCodes.Encode<int>(Borrowed.Array((int*)labels, rows, "labels"), target, Call.Threads),
            6 => LabelCodes.Encode<uint>(Borrowed.Array((uint*)labels, rows, "labels"), target, Call.Threads),
            7 => LabelCodes.Encode<long>(Borrowed.Array((long*)labels, rows, "labels"), target, Call.Threads),
            _ => throw new ArgumentException($"There is no type {type} of labels; see CW_INT8 to CW_INT64."),
        };
        *result = Handles.Add(new Result().With(Result.Values, values).With(Result.Counts, counts));
    });

    [UnmanagedCallersOnly(EntryPoint = "cw_take")]
    public static int Take(void* rows, long rowBytes, long count, long* indices, long taken, void* destination) => Call.Run(() =>
    {
        if (rowBytes < 0 || count < 0) throw new ArgumentException($"There are {count} rows of {rowBytes} bytes; both are 0 or more.");
        ReadOnlyMemory<long> wanted = Borrowed.Array(indices, taken, "indices");
        if (taken == 0 || rowBytes == 0) return;
        if (rows == null || destination == null) throw new ArgumentException($"{(rows == null ? "rows" : "destination")} is null.");
        byte* from = (byte*)rows, to = (byte*)destination;
        const int block = 2048;
        Parallel.For(0, (taken + block - 1) / block, Threads.Options(taken * rowBytes < 1 << 19 ? 1 : Call.Threads), b =>
        {
            ReadOnlySpan<long> own = wanted.Span[(int)(b * block)..(int)Math.Min(taken, (b + 1) * block)];
            byte* target = to + (b * block * rowBytes);
            foreach (long row in own)
            {
                if ((ulong)row >= (ulong)count) throw new ArgumentException($"The index {row} is not in 0..{count - 1}.");
                Buffer.MemoryCopy(from + (row * rowBytes), target, rowBytes, rowBytes);
                target += rowBytes;
            }
        });
    });

    [UnmanagedCallersOnly(EntryPoint = "cw_class_weights")]
    public static int Weights(long* counts, long classes, byte* scheme, byte* normalise, double largestRatio, int empty, double* weights) => Call.Run(() =>
    {
        int k = Borrowed.Classes(classes);
        Memory<double> target = Borrowed.Array(weights, k, "weights");
        WeightsOf(Borrowed.Array(counts, k, "counts").Span, null, scheme, normalise, largestRatio, empty).AsSpan().CopyTo(target.Span);
    });

    [UnmanagedCallersOnly(EntryPoint = "cw_explain")]
    public static int Explain(
        long* counts, long classes, byte* labels, byte* scheme, byte* normalise, long batchSize, byte* reduction, double separability, long* result) =>
        Call.Run(() =>
        {
            Borrowed.Place(result, "result");
            int k = Borrowed.Classes(classes);
            string[]? names = labels == null ? null : Borrowed.Text(labels, "labels").Split('\n');
            string name = Borrowed.Text(reduction, "reduction");
            Reduction how = name switch
            {
                "weighted-mean" => Reduction.WeightedMean,
                "batch-mean" => Reduction.BatchMean,
                "sum" => Reduction.Sum,
                _ => throw new ArgumentException($"There is no reduction '{name}'. {NearestName.Hint(name, ["weighted-mean", "batch-mean", "sum"])}"),
            };
            if (batchSize is < 1 or > int.MaxValue) throw new ArgumentException($"The batch size is {batchSize}; it is 1 or more.");
            ClassWeights own = WeightsOf(Borrowed.Array(counts, k, "counts").Span, names, scheme, normalise, double.PositiveInfinity, 0);
            *result = Handles.Add(new Result().With(Result.Text, ExplainJson.Write(Diagnosis.Of(own, (int)batchSize, how, separability), name)));
        });

    [UnmanagedCallersOnly(EntryPoint = "cw_resample")]
    public static int Resample(
        byte* method, byte* strategy, void* rows, int type, long count, long columns, int* categorical, long categories, int* codes, long classes, long seed,
        long* result) => Call.Run(() =>
        {
            Borrowed.Place(result, "result");
            int k = Borrowed.Classes(classes);
            ReadOnlyMemory<int> labels = Borrowed.Array(codes, count, "codes");
            IResampler resampler = Resampler.Create(Borrowed.Text(method, "method"), SamplingStrategy.Parse(Borrowed.Text(strategy, "strategy")));
            bool looks = resampler is not (RandomOver { Shrinkage: 0 } or RandomUnderSampler);
            if (rows == null && columns == 0 && !looks)
            {
                // Which rows are taken does not depend on what is in them.
                *result = Handles.Add(Run(resampler, new SampleMatrix<float>(new float[labels.Length], 1), labels.Span, k, seed, valuesWanted: false));
                return;
            }

            if (columns is < 1 or > int.MaxValue) throw new ArgumentException($"There are {columns} columns; there must be 1 or more.");
            int[] marked = Borrowed.Optional(categorical, categories, "categorical").ToArray();
            long size = Borrowed.Times(count, columns, "rows");
            *result = Handles.Add(type switch
            {
                9 => Run(resampler, new SampleMatrix<float>(Borrowed.Array((float*)rows, size, "rows"), (int)columns, marked), labels.Span, k, seed, looks),
                10 => Run(resampler, new SampleMatrix<double>(Borrowed.Array((double*)rows, size, "rows"), (int)columns, marked), labels.Span, k, seed, looks),
                _ => throw new ArgumentException($"There is no type {type} of rows; they are CW_FLOAT32 or CW_FLOAT64."),
            });
        });

    [UnmanagedCallersOnly(EntryPoint = "cw_sampler")]
    public static int MakeSampler(
        byte* method, int* codes, long rows, long classes, double* weights, long length, long epochs, long seed, long* result) => Call.Run(() =>
        {
            Borrowed.Place(result, "result");
            ReadOnlyMemory<int> labels = Borrowed.Array(codes, rows, "codes");
            if (length < 0) throw new ArgumentException($"The length is {length}; it is 0 or more.");
            if (epochs is < 0 or > int.MaxValue) throw new ArgumentException($"The epochs are {epochs}; they are 0 or more.");
            int k = Borrowed.Classes(classes);
            string text = Borrowed.Text(method, "method");
            if (text == "per-class")
            {
                *result = Handles.Add(WeightedRandomSampler.PerClass(labels.Span, Borrowed.Array(weights, k, "weights").Span, length, seed));
                return;
            }

            MethodCall call = Sampler.Catalogue.Parse(text);
            *result = Handles.Add(call.Method.Name switch
            {
                "class-balanced" => new ClassBalancedSampler(labels.Span, k, length, seed),
                "sqrt" => ClassBalancedSampler.SquareRoot(labels.Span, k, length, seed),
                "power" => ClassBalancedSampler.Power(labels.Span, k, call["q"], length, seed),
                "progressive" when length > 0 => new ProgressivelyBalancedSampler(
                    labels.Span, k, call.Integer("epochs") > 0 ? call.Integer("epochs") : epochs > 0 ? (int)epochs : 20, length, seed),
                "balanced-batch" => new BalancedBatchSampler(
                    labels.Span, k, call.Integer("rows"), call.Integer("classes"), length, seed),
                _ when length > 0 => throw new ArgumentException($"The length of an epoch of {call.Method.Name} follows from the rows; give 0."),
                _ => Sampler.Catalogue.Create(call)(labels.ToArray(), k, seed, (int)epochs),
            });
        });

    [UnmanagedCallersOnly(EntryPoint = "cw_sampler_weighted")]
    public static int MakeWeightedSampler(void* weights, int type, long rows, long length, int replacement, long seed, long* result) => Call.Run(() =>
    {
        Borrowed.Place(result, "result");
        if (length < 0) throw new ArgumentException($"The length is {length}; it is 0 or more.");
        *result = Handles.Add(type switch
        {
            9 => new WeightedRandomSampler(Borrowed.Array((float*)weights, rows, "weights").Span, length, replacement != 0, seed, Call.Threads),
            10 => new WeightedRandomSampler(Borrowed.Array((double*)weights, rows, "weights").Span, length, replacement != 0, seed, Call.Threads),
            _ => throw new ArgumentException($"There is no type {type} of weights; they are CW_FLOAT32 or CW_FLOAT64."),
        });
    });

    [UnmanagedCallersOnly(EntryPoint = "cw_sampler_part")]
    public static int SamplerPart(long sampler, int rank, int ranks, int remainder, long* result) => Call.Run(() =>
    {
        Borrowed.Place(result, "result");
        if (!Enum.IsDefined((PartitionRemainder)remainder)) throw new ArgumentException($"There is no remainder {remainder}; see CW_UNEVEN to CW_REPEAT.");
        *result = Handles.Add(Handles.Get<ISampler>(sampler, "a sampler").Partition(rank, ranks, (PartitionRemainder)remainder));
    });

    [UnmanagedCallersOnly(EntryPoint = "cw_sampler_length")]
    public static int SamplerLength(long sampler, long* length) => Call.Run(() =>
    {
        Borrowed.Place(length, "length");
        *length = Handles.Get<ISampler>(sampler, "a sampler").Length;
    });

    [UnmanagedCallersOnly(EntryPoint = "cw_sampler_fill")]
    public static int SamplerFill(long sampler, long epoch, long position, long* destination, long count) => Call.Run(() =>
        Handles.Get<ISampler>(sampler, "a sampler").Fill(epoch, position, Borrowed.Array(destination, count, "destination").Span, Call.Threads));

    private static byte* Permanent(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte* room = (byte*)NativeMemory.Alloc((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(room, bytes.Length));
        room[bytes.Length] = 0;
        return room;
    }

    private static ClassWeights WeightsOf(ReadOnlySpan<long> counts, string[]? labels, byte* scheme, byte* normalise, double largestRatio, int empty)
    {
        if (!Enum.IsDefined((EmptyClassPolicy)empty)) throw new ArgumentException($"There is no policy {empty} for empty classes; see CW_EMPTY_ERROR.");
        return ClassWeights.From(ClassCounts.From(counts, labels), WeightScheme.Parse(Borrowed.Text(scheme, "scheme")), new WeightOptions
        {
            Normalisation = NormalisationNames.Parse(Borrowed.Text(normalise, "normalise")),
            LargestRatio = largestRatio,
            EmptyClass = (EmptyClassPolicy)empty,
        });
    }

    private static Result Run<T>(IResampler resampler, SampleMatrix<T> rows, ReadOnlySpan<int> labels, int classes, long seed, bool valuesWanted)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (labels.Length != rows.Rows) throw new ArgumentException($"There are {labels.Length} labels for {rows.Rows} rows.");
        var result = new Result();
        var counts = new long[classes];
        if (resampler is RowSelection selection)
        {
            int[] kept = selection.Select(rows, labels, classes, seed, Call.Threads);
            var codes = new int[kept.Length];
            var sources = new long[kept.Length];
            for (int i = 0; i < kept.Length; i++) (codes[i], sources[i]) = (labels[kept[i]], kept[i]);
            result.With(Result.Labels, codes).With(Result.Sources, sources);
        }
        else
        {
            Resampled<T> made = resampler.Resample(rows, labels, classes, seed, Call.Threads);
            result.With(Result.Labels, made.Labels).With(Result.Sources, made.SourceRows);
            if (valuesWanted && !resampler.SelectsRows)
            {
                result.With(Result.Bases, made.BaseRows).With(Result.Partners, made.PartnerRows);
                result.With(Result.Rows, MemoryMarshal.TryGetArray(made.Rows.Values, out ArraySegment<T> all) && all.Count == all.Array!.Length
                    ? all.Array
                    : made.Rows.Values.ToArray());
            }
        }

        foreach (int label in labels) counts[label]++;
        SamplingTargets targets = resampler.Strategy.Resolve(counts, resampler.Kind);
        var after = new long[classes];
        byte[] targeted = new byte[classes];
        for (int c = 0; c < classes; c++) (after[c], targeted[c]) = (targets[c], (byte)(targets.IsTargeted(c) ? 1 : 0));
        return result.With(Result.Targets, after).With(Result.Targeted, targeted);
    }
}
