using System.Globalization;

namespace Counterweight;

/// <summary>
/// Which classes a resampler changes, and to how many rows: the choices of imbalanced-learn's <c>sampling_strategy</c>.
/// </summary>
/// <remarks>
/// <para>Under-sampling to a ratio r keeps floor(n_min / r) rows of the majority; over-sampling to it makes floor(r n_max) rows of the
/// minority. Cleaning methods take a choice of classes, not numbers. Where several classes are equally small (or large), the first is
/// the minority (or majority).</para>
/// <para>As text: <c>auto</c>, <c>minority</c>, <c>majority</c>, <c>not-minority</c>, <c>not-majority</c>, <c>all</c>, a ratio <c>0.5</c>,
/// rows per class <c>0=80,2=120</c>, or the classes that a cleaning method may thin, <c>only:0,2</c>.</para>
/// </remarks>
/// <example>
/// <code>
/// SamplingTargets targets = SamplingStrategy.Ratio(0.37).Resolve([270, 40], ResamplingKind.Under);
/// long majority = targets[0];   // 108
/// </code>
/// </example>
public sealed class SamplingStrategy
{
    private readonly Choice choice;
    private readonly double ratio;
    private readonly IReadOnlyDictionary<int, long>? counts;
    private readonly IReadOnlyList<int>? only;
    private readonly Func<IReadOnlyList<long>, IReadOnlyDictionary<int, long>>? function;
    private readonly string text;

    private SamplingStrategy(
        Choice choice,
        string text,
        double ratio = 0,
        IReadOnlyDictionary<int, long>? counts = null,
        IReadOnlyList<int>? only = null,
        Func<IReadOnlyList<long>, IReadOnlyDictionary<int, long>>? function = null) =>
        (this.choice, this.text, this.ratio, this.counts, this.only, this.function) = (choice, text, ratio, counts, only, function);

    private enum Choice { Auto, Minority, Majority, NotMinority, NotMajority, All, Ratio, Counts, Only, Function }

    /// <summary>Over-sampling: every class but the largest gains rows to be as large; under-sampling and cleaning: every class but the smallest loses
    /// rows.</summary>
    public static SamplingStrategy Auto { get; } = new(Choice.Auto, "auto");

    /// <summary>The smallest class only; for over-sampling.</summary>
    public static SamplingStrategy Minority { get; } = new(Choice.Minority, "minority");

    /// <summary>The largest class only; for under-sampling and cleaning.</summary>
    public static SamplingStrategy Majority { get; } = new(Choice.Majority, "majority");

    /// <summary>Every class but the smallest.</summary>
    public static SamplingStrategy NotMinority { get; } = new(Choice.NotMinority, "not-minority");

    /// <summary>Every class but the largest.</summary>
    public static SamplingStrategy NotMajority { get; } = new(Choice.NotMajority, "not-majority");

    /// <summary>Every class.</summary>
    public static SamplingStrategy All { get; } = new(Choice.All, "all");

    /// <summary>Rows of the minority for each row of the majority afterwards; two classes only, and not for cleaning.</summary>
    /// <param name="minorityPerMajority">The ratio, in (0, 1].</param>
    public static SamplingStrategy Ratio(double minorityPerMajority) => minorityPerMajority is > 0 and <= 1
        ? new(Choice.Ratio, minorityPerMajority.ToString("R", CultureInfo.InvariantCulture), ratio: minorityPerMajority)
        : throw new ArgumentOutOfRangeException(nameof(minorityPerMajority), minorityPerMajority, "A sampling ratio is a number in (0, 1].");

    /// <summary>The number of rows that each named class has afterwards; other classes are left alone.</summary>
    /// <param name="rowsPerClass">Class code to rows.</param>
    public static SamplingStrategy Counts(IReadOnlyDictionary<int, long> rowsPerClass)
    {
        ArgumentNullException.ThrowIfNull(rowsPerClass);
        string text = string.Join(",", rowsPerClass.OrderBy(p => p.Key).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key}={p.Value}")));
        return new(Choice.Counts, text, counts: rowsPerClass.ToDictionary());
    }

    /// <summary>The classes that a cleaning method may thin.</summary>
    /// <param name="classes">Class codes.</param>
    public static SamplingStrategy Only(params IReadOnlyList<int> classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return new(Choice.Only, $"only:{string.Join(",", classes.Order())}", only: [.. classes]);
    }

    /// <summary>A function from the class counts to the rows that each named class has afterwards.</summary>
    /// <param name="rowsPerClass">Takes the rows of each class (K of them), gives class code to rows.</param>
    public static SamplingStrategy Function(Func<IReadOnlyList<long>, IReadOnlyDictionary<int, long>> rowsPerClass)
    {
        ArgumentNullException.ThrowIfNull(rowsPerClass);
        return new(Choice.Function, "function", function: rowsPerClass);
    }

    /// <summary>Reads a strategy that a user typed.</summary>
    /// <param name="text">The text; see the remarks of the type.</param>
    /// <param name="classOf">Turns the label in <c>label=rows</c> into a class code; by default the label is the code itself.</param>
    /// <exception cref="FormatException">The text is no strategy.</exception>
    public static SamplingStrategy Parse(string text, Func<string, int>? classOf = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        string trimmed = text.Trim();
        classOf ??= label => int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out int code)
            ? code
            : throw new FormatException($"'{label}' in the sampling strategy '{text}' is no class code.");
        switch (trimmed.ToUpperInvariant().Replace(' ', '-').Replace('_', '-'))
        {
            case "AUTO": return Auto;
            case "MINORITY": return Minority;
            case "MAJORITY": return Majority;
            case "NOT-MINORITY": return NotMinority;
            case "NOT-MAJORITY": return NotMajority;
            case "ALL": return All;
        }

        if (double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out double ratio))
            return ratio is > 0 and <= 1 ? Ratio(ratio) : throw new FormatException($"A sampling ratio is a number in (0, 1]; '{text}' is not.");
        if (trimmed.StartsWith("only:", StringComparison.OrdinalIgnoreCase))
            return Only([.. trimmed[5..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(classOf)]);
        var counts = new Dictionary<int, long>();
        foreach (string part in trimmed.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.LastIndexOf('=');
            if (equals <= 0 || !long.TryParse(part[(equals + 1)..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long rows)
                || !counts.TryAdd(classOf(part[..equals].Trim()), rows))
                throw new FormatException(
                    $"'{text}' is no sampling strategy. Accepted: auto, minority, majority, not-minority, not-majority, all, a ratio in (0, 1], rows per "
                    + $"class as in 0=80,2=120, or only:0,2.");
        }

        return counts.Count > 0 ? Counts(counts) : throw new FormatException("The sampling strategy is empty.");
    }

    /// <summary>What the strategy means for given class counts.</summary>
    /// <param name="classCounts">The rows of each class, K of them; classes without rows are passed over.</param>
    /// <param name="kind">How the strategy is read.</param>
    /// <exception cref="ArgumentException">The strategy does not fit the kind or the counts.</exception>
    public SamplingTargets Resolve(ReadOnlySpan<long> classCounts, ResamplingKind kind)
    {
        long[] before = [.. classCounts], after = [.. classCounts];
        var targeted = new bool[before.Length];
        int smallest = Extremes.Smallest(before), largest = Extremes.Largest(before);
        if (smallest < 0) throw new ArgumentException("There are no rows in any class.", nameof(classCounts));
        bool over = kind == ResamplingKind.Over;
        switch (choice)
        {
            case Choice.Ratio:
                ToRatio(kind, before, after, targeted, smallest, largest);
                break;
            case Choice.Counts:
                ToCounts(counts!, kind, before, after, targeted);
                break;
            case Choice.Function:
                ToCounts(function!(before) ?? throw new ArgumentException("The function of the sampling strategy gave null."), kind, before, after, targeted);
                break;
            case Choice.Only:
                if (kind != ResamplingKind.Cleaning)
                    throw new ArgumentException($"The sampling strategy '{this}' is for cleaning methods; give rows per class instead.");
                foreach (int c in only!)
                {
                    ThrowIfAbsent(c, before);
                    targeted[c] = true;
                }

                break;
            default:
                if (over && choice == Choice.Majority) throw new ArgumentException("The sampling strategy 'majority' cannot be used with over-sampling.");
                if (!over && choice == Choice.Minority)
                    throw new ArgumentException("The sampling strategy 'minority' cannot be used with under-sampling or cleaning.");
                for (int c = 0; c < before.Length; c++)
                {
                    targeted[c] = before[c] > 0 && choice switch
                    {
                        Choice.Minority => c == smallest,
                        Choice.Majority => c == largest,
                        Choice.NotMinority => c != smallest,
                        Choice.NotMajority => c != largest,
                        Choice.Auto => c != (over ? largest : smallest),
                        _ => true,
                    };
                    if (targeted[c]) after[c] = before[over ? largest : smallest];
                }

                break;
        }

        return new(before, after, targeted);
    }

    /// <summary>The text form, which <see cref="Parse"/> reads (but for <c>function</c>).</summary>
    public override string ToString() => text;

    private static void ThrowIfAbsent(int c, long[] before)
    {
        if ((uint)c >= (uint)before.Length || before[c] == 0) throw new ArgumentException($"The sampling strategy names class {c}, which has no rows.");
    }

    private static void ToCounts(IReadOnlyDictionary<int, long> wanted, ResamplingKind kind, long[] before, long[] after, bool[] targeted)
    {
        if (kind == ResamplingKind.Cleaning)
            throw new ArgumentException("Cleaning methods take no rows per class, because the data decide how many rows go; name the classes instead, as "
                + "in only:0,2.");
        foreach ((int c, long rows) in wanted)
        {
            ThrowIfAbsent(c, before);
            if (rows < 0) throw new ArgumentException($"The sampling strategy asks for {rows} rows of class {c}.");
            if (kind == ResamplingKind.Over && rows < before[c])
                throw new ArgumentException($"Over-sampling cannot take rows away: class {c} has {before[c]} rows and {rows} are asked for.");
            if (kind == ResamplingKind.Under && rows > before[c])
                throw new ArgumentException($"Under-sampling cannot add rows: class {c} has {before[c]} rows and {rows} are asked for.");
            (after[c], targeted[c]) = (rows, true);
        }
    }

    private void ToRatio(ResamplingKind kind, long[] before, long[] after, bool[] targeted, int smallest, int largest)
    {
        if (kind == ResamplingKind.Cleaning) throw new ArgumentException("Cleaning methods take no ratio, because the data decide how many rows go.");
        if (before.Count(n => n > 0) > 2) throw new ArgumentException("A sampling ratio is for two classes; with more, give rows per class as in 0=80,2=120.");
        bool over = kind == ResamplingKind.Over;
        for (int c = 0; c < before.Length; c++)
        {
            if (before[c] == 0 || c == (over ? largest : smallest)) continue;
            targeted[c] = true;
            if (over)
            {
                // The peer truncates ratio * n_max - n_c in double precision; the sum is the same number of rows.
                long added = (long)((before[largest] * ratio) - before[c]);
                if (added <= 0)
                    throw new ArgumentException($"Over-sampling to the ratio {this} would take rows of class {c} away: {before[c]} of {before[largest]} is "
                        + $"at that ratio already.");
                after[c] = before[c] + added;
            }
            else
            {
                after[c] = (long)(before[smallest] / ratio);
                if (after[c] > before[c])
                    throw new ArgumentException($"Under-sampling to the ratio {this} would add rows to class {c}: {before[smallest]} to {before[c]} is "
                        + $"beyond that ratio already.");
            }
        }
    }
}
