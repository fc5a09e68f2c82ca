using System.Globalization;

namespace Counterweight.Data;

/// <summary>What the label column of a file holds.</summary>
/// <param name="Names">The classes in their order.</param>
/// <param name="Counts">The rows of each.</param>
/// <param name="Codes">The class of each row, where rows were kept.</param>
/// <param name="Cells">The labels as they are spelt, where one class is spelt in several ways; null otherwise.</param>
/// <param name="Type">The type of the column where its texts do not say it.</param>
internal sealed record LabelsRead(string[] Names, long[] Counts, int[] Codes, CategoricalColumn? Cells, string? Type);

/// <summary>The label column: texts, each a class.</summary>
internal sealed class LabelReader(string name, CellText cells, SourceFile file, int maxClasses, bool keepRows, bool asText)
{
    private readonly Utf8Codes codes = new();
    private readonly List<long> missing = [];
    private readonly Blocks<int> values = new();
    private readonly Utf8Codes missingWords = new();
    private long[] counts = new long[32], firstRows = new long[32];
    private long missingCount, kindRow;
    private CellKind kind;

    internal long Rows { get; private set; }

    /// <summary>How many rows of the file are before those of this reader.</summary>
    internal long FirstRow { get; init; }

    /// <summary>The type in the file where <see cref="CellKind"/> does not say it.</summary>
    internal string? Type { get; set; }

    /// <summary>Takes rows that do not have the column.</summary>
    internal void Skip(long rows)
    {
        for (long row = 0; row < rows; row++)
        {
            if (missing.Count < 5) missing.Add(FirstRow + Rows + row + 1);
            missingCount++;
            if (keepRows) values.Next(1)[0] = -1;
        }

        Rows += rows;
    }

    internal void Append(in Cells block)
    {
        Span<int> target = keepRows ? values.Next(block.Rows) : default;
        int last = -1;
        for (int i = 0; i < block.Rows; i++)
        {
            CellKind found = block.Kind(i);
            ReadOnlySpan<byte> cell = found is CellKind.Absent or CellKind.Null ? default : block.Text(i);
            if (found is not (CellKind.Absent or CellKind.Null) && found != kind) Check(found, FirstRow + Rows + i);
            if (found == CellKind.NotANumber) cell = "nan"u8;
            if (cells.Trims) cell = CellText.Trim(cell);
            int code = -1;
            if (last >= 0 && cell.SequenceEqual(codes.Bytes(last))) code = last;
            else if (!cells.IsMissing(cell)) code = codes.GetOrAdd(cell);
            else if (cell.Length > 0) missingWords.GetOrAdd(cell);
            if (code < 0)
            {
                if (missing.Count < 5) missing.Add(FirstRow + Rows + i + 1);
                missingCount++;
            }
            else
            {
                last = code;
                if (code >= counts.Length)
                {
                    Array.Resize(ref counts, counts.Length * 2);
                    Array.Resize(ref firstRows, counts.Length);
                }

                if (counts[code]++ == 0) firstRows[code] = FirstRow + Rows + i + 1;
            }

            if (keepRows) target[i] = code;
        }

        Rows += block.Rows;
        if (codes.Count > Math.Max(4L * maxClasses, maxClasses + 100_000L)) TooMany(atLeast: true);
    }

    private void Check(CellKind found, long row)
    {
        if (found is CellKind.List or CellKind.Structure)
            throw file.Unusable($"the label column holds {(found == CellKind.List ? "lists" : "objects")}. A label is one text or number per row.",
                row + 1, name);
        if (found == CellKind.NotANumber) found = CellKind.Number;
        if (kind == CellKind.Absent) (kind, kindRow) = (found, row);
        else if (kind != found && !asText)
            throw file.Unusable($"the label is {Word(found)}, and that of row {file.Line(kindRow + 1)} is {Word(kind)}. Give all labels one type, or "
                + $"read all as "
                + $"text with --categorical {name}.", row + 1, name);
    }

    private static string Word(CellKind kind) => kind switch { CellKind.Text => "a text", CellKind.Number => "a number", _ => "a boolean" };

    /// <summary>Names, counts and the code of each row; classes in numeric order if all are whole numbers, else in ordinal order.</summary>
    internal LabelsRead Finish()
    {
        if (Rows == 0)
            throw file.Unusable("the file has no rows" + (file.Format == SourceFormat.Csv && file.HasHeader ? ", only column names" : "")
                + ". At least two rows of different classes are needed.");
        if (missingCount > 0)
        {
            string rows = string.Join(", ", missing.Select(file.Line)) + (missingCount > missing.Count ? ", ..." : "");
            string words = missingWords.Count == 0 ? "" : $" {string.Join(", ", missingWords.Texts().Select(w => $"'{w}'"))} counts as missing; if it "
                + $"is a class, "
                + "say which words mean missing with --missing (--missing \"\" for none).";
            throw file.Unusable(
                $"{(missingCount == 1 ? $"row {rows} has" : $"{missingCount} rows have")} no label{(missingCount == 1 ? "" : $" (rows {rows})")}. Fill the "
                + $"label in, or take the row out: no row is dropped silently.{words}",
                missing[0], name);
        }

        bool numbers = Type is null && kind is CellKind.Text && cells.Trims || kind == CellKind.Number;
        LabelSpelling plan = LabelSpelling.Of(codes.Texts(), numbers);
        if (plan.NotFinite is int bad)
            throw file.Unusable($"'{codes.Text(bad)}' is no class label. Give the row a label, or take it out.", firstRows[bad], name);
        if (plan.Names.Length > maxClasses) TooMany(atLeast: false, plan.Names.Length);
        if (plan.Names.Length == 1 && !file.IsPart)
            throw file.Unusable($"every row has the label '{plan.Names[0]}'. At least two classes are needed; is '{name}' the right column?", null, name);
        long[] merged = new long[plan.Names.Length];
        for (int code = 0; code < codes.Count; code++) merged[plan.Code[code]] += counts[code];
        int[] labels = values.ToArray();
        string? type = Type ?? kind switch { CellKind.Boolean => ColumnTypes.Boolean, CellKind.Text when !cells.Trims => ColumnTypes.Text, _ => null };
        if (kind == CellKind.Number && type is null && !asText) type = ColumnTypes.Number;
        CategoricalColumn? spelt = plan.Names.Length < codes.Count && keepRows ? CategoricalColumn.Own(name, [.. labels], codes.Texts(), null, type) : null;
        for (int i = 0; i < labels.Length; i++) labels[i] = plan.Code[labels[i]];
        return new(plan.Names, merged, labels, spelt, type);
    }

    private void TooMany(bool atLeast, int distinct = 0)
    {
        distinct = Math.Max(distinct, codes.Count);
        throw file.Unusable(
            string.Create(CultureInfo.InvariantCulture,
                $"the label column has {(atLeast ? "more than " : "")}{distinct} distinct values in {(atLeast ? "the first " : "")}{Rows} rows, more than "
                + $"the {maxClasses} classes accepted. Is it a regression target or an identifier? Name another --target, or raise --max-classes if these "
                + $"really are classes."),
            null, name);
    }
}
