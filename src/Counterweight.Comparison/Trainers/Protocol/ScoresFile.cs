using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>Reads what a program scored: the rows of validation followed by those of test, in any of four formats, and says exactly what is wrong with
/// it.</summary>
/// <param name="classes">The labels of the K classes.</param>
/// <param name="positiveClass">The code of the class that a single column belongs to.</param>
/// <param name="rows">The rows that are expected, in order: numbers in the user's file, from 0.</param>
internal sealed class ScoresFile(IReadOnlyList<string> classes, int positiveClass, IReadOnlyList<int> rows)
{
    /// <summary>How far a row of probabilities may be from summing to one; half precision of many classes is 1e-3 off.</summary>
    private const double Tolerance = 2e-3;

    private const string RowColumn = "row";

    /// <summary>Finds the file: where it was to be, or beside it under another ending.</summary>
    /// <returns>The path; null if there is none.</returns>
    internal static string? Find(string path)
    {
        if (File.Exists(path)) return path;
        string folder = Path.GetDirectoryName(path)!, stem = Path.GetFileNameWithoutExtension(path);
        if (!Directory.Exists(folder)) return null;
        return Directory.EnumerateFiles(folder, stem + ".*").Where(f => !f.EndsWith(".tmp",
            StringComparison.Ordinal)).Order(StringComparer.Ordinal).FirstOrDefault();
    }

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stated">What the program says the scores are; null to tell from the numbers.</param>
    /// <returns>Probabilities, rows x K, each row summing to one.</returns>
    /// <exception cref="TrainerException">The scores cannot be used.</exception>
    internal double[] Read(string path, ScoreKind? stated)
    {
        byte[] head = new byte[6];
        using (FileStream stream = File.OpenRead(path))
        {
            int there = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            if (there == 0) throw Wrong(path, $"the file is empty; {Expected()} are expected");
            head = head[..there];
        }

        double[] scores = Npy.Begins(head) ? FromArray(path) : FromTable(path);
        int columns = scores.Length / Math.Max(1, rows.Count);
        for (int i = 0; i < scores.Length; i++)
            if (!double.IsFinite(scores[i]))
                throw Wrong(path, string.Create(CultureInfo.InvariantCulture,
                    $"row {rows[i / columns]} ({Place(i / columns)}) has the score {scores[i]}{(columns > 1 ? $" for class '{classes[i % columns]}'" : "")}; "
                    + $"finite numbers are expected. A loss that became NaN is the usual cause: lower the learning rate, or clip gradients"));
        IsOneColumn = columns == 1;
        return columns == 1 ? FromOneColumn(path, scores, stated) : FromColumns(path, scores, stated);
    }

    private double[] FromArray(string path)
    {
        NpyArray array;
        try
        {
            array = Npy.Read(path);
        }
        catch (Exception damaged) when (damaged is FormatException or OverflowException)
        {
            throw Wrong(path, damaged.Message);
        }

        long[] shape = array.Shape;
        bool single = shape.Length == 1 || (shape.Length == 2 && shape[1] == 1);
        if (shape.Length is < 1 or > 2 || shape[0] != rows.Count || (shape.Length == 2 && shape[1] != 1 && shape[1] != classes.Count))
            throw Wrong(path, $"the array is {Npy.Shape(shape)}; {Expected()} are expected{Hint(shape)}");
        if (single && classes.Count != 2)
            throw Wrong(path, $"the array has one score a row, which is enough for two classes only; {Expected()} are expected");
        return array.Values;
    }

    /// <summary>A guess at what went wrong with a shape.</summary>
    private string Hint(long[] shape) => shape switch
    {
        [long k, long n] when k == classes.Count && n == rows.Count => ". The array lies on its side: transpose it",
        [long n, ..] when n == TestRows => ". These are the test rows alone: score the validation rows too, and put them first",
        [long n, ..] when n == ValidationRows => ". These are the validation rows alone: score the test rows too, after them",
        [_, long k] when k != classes.Count => ". Give a column to every class of the job, also to one that the training rows lack",
        _ => "",
    };

    /// <summary>How many of the rows are validation rows; set by the owner, for messages.</summary>
    internal int ValidationRows { get; init; }

    /// <summary>Whether what was read was one column: scores of the positive class alone.</summary>
    internal bool IsOneColumn { get; private set; }

    private int TestRows => rows.Count - ValidationRows;

    private double[] FromTable(string path)
    {
        IReadOnlyList<string> names;
        try
        {
            names = DatasetReader.ColumnNames(path);
        }
        catch (UnusableDataException unfit)
        {
            throw Wrong(path, $"neither .npy, CSV, Parquet nor JSON lines: {unfit.Problem}");
        }

        if (!names.Contains(RowColumn))
            throw Wrong(path, $"there is no column '{RowColumn}' with the number of the row; the columns are {string.Join(", ", names.Take(20))}. "
                + NearestName.Hint(RowColumn, names));
        string[] missing = [.. classes.Where(c => !names.Contains(c))];
        bool single = classes.Count == 2 && missing.Length == 1 && missing[0] != classes[positiveClass];
        if (missing.Length > 0 && !single)
            throw Wrong(path, $"there is no column for class '{missing[0]}'; a column per class is expected, with the labels of the job as names: "
                + $"{string.Join(", ", classes.Take(20))}. {NearestName.Hint(missing[0], names.Where(n => n != RowColumn))}");
        string[] wanted = single ? [classes[positiveClass]] : [.. classes];
        return Fill(path, wanted);
    }

    private double[] Fill(string path, string[] wanted)
    {
        var places = new Dictionary<int, int>(rows.Count);
        for (int i = 0; i < rows.Count; i++) places[rows[i]] = i;
        double[] scores = new double[rows.Count * wanted.Length];
        bool[] seen = new bool[rows.Count];
        int found = 0;
        ColumnSchema[] schema = [new(RowColumn, NumericKind.WholeNumber, []), .. wanted.Select(w => new ColumnSchema(w, NumericKind.Real, []))];
        try
        {
            foreach (DatasetBatch batch in DatasetReader.ReadBatches(path, schema, new DatasetOptions { NaNIsMissing = true, Threads = 1 }))
            {
                ReadOnlySpan<double> numbers = ((NumericColumn)batch.Columns[0]).Values;
                for (int i = 0; i < numbers.Length; i++)
                {
                    if (double.IsNaN(numbers[i])) throw Wrong(path, $"line {batch.FirstRow + i + 1} has no row number");
                    if (numbers[i] != Math.Floor(numbers[i]) || Math.Abs(numbers[i]) > int.MaxValue || !places.TryGetValue((int)numbers[i], out int place))
                        throw Wrong(path, string.Create(CultureInfo.InvariantCulture,
                            $"row {numbers[i]:R} is neither a validation nor a test row of this fit; {Expected()} are expected, numbered as in the job"));
                    if (seen[place]) throw Wrong(path, $"row {rows[place]} ({Place(place)}) is there twice; every row is expected once");
                    seen[place] = true;
                    found++;
                    for (int c = 0; c < wanted.Length; c++) scores[(place * wanted.Length) + c] = ((NumericColumn)batch.Columns[c + 1]).Values[i];
                }
            }
        }
        catch (UnusableDataException unfit)
        {
            throw Wrong(path, $"{(unfit.Row is long line ? $"line {line}" : "the table")}{(unfit.Column is string column ? $", column '{column}'" : "")}: "
                + $"{unfit.Problem}");
        }

        int absent = Array.IndexOf(seen, false);
        if (absent >= 0)
            throw Wrong(path, $"row {rows[absent]} ({Place(absent)}) has no scores; {found} of {rows.Count} rows are there, and {Expected()} are expected");
        return scores;
    }

    private double[] FromOneColumn(string path, double[] scores, ScoreKind? stated)
    {
        int outside = Array.FindIndex(scores, s => s is < 0 or > 1);
        if (stated == ScoreKind.Probabilities && outside >= 0)
            throw Wrong(path, string.Create(CultureInfo.InvariantCulture,
                $"row {rows[outside]} ({Place(outside)}) has the probability {scores[outside]}, and {JobFile.ResultName} says that the scores are "
                    + $"probabilities"));
        bool logits = stated == ScoreKind.Logits || outside >= 0;
        double[] both = new double[2 * scores.Length];
        for (int i = 0; i < scores.Length; i++)
        {
            double p = logits ? 1 / (1 + Math.Exp(-scores[i])) : scores[i];
            both[(2 * i) + positiveClass] = p;
            both[(2 * i) + 1 - positiveClass] = logits ? 1 / (1 + Math.Exp(scores[i])) : 1 - p;
        }

        return both;
    }

    private double[] FromColumns(string path, double[] scores, ScoreKind? stated)
    {
        bool rounded = stated != ScoreKind.Logits && IsRounded(scores);
        int k = classes.Count, bad = -1, good = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            ReadOnlySpan<double> row = scores.AsSpan(i * k, k);
            double sum = 0, least = 0;
            foreach (double s in row) (sum, least) = (sum + s, Math.Min(least, s));
            if (Math.Abs(sum - 1) <= Tolerance && least >= -Tolerance) good++;
            else if (bad < 0) bad = i;
        }

        // A row of logits may sum to one by chance; most of the rows do not.
        bool probabilities = rounded || (stated is null ? bad < 0 || 2 * good > rows.Count : stated == ScoreKind.Probabilities);
        if (probabilities && !rounded && bad >= 0)
            throw Wrong(path, string.Create(CultureInfo.InvariantCulture,
                $"row {rows[bad]} ({Place(bad)}) sums to {Sum(scores.AsSpan(bad * k, k)):G6}, and "
                + $"{(stated is null ? $"{good} of {rows.Count} rows sum to one" : $"{JobFile.ResultName} says that the scores are probabilities")}; "
                + $"probabilities of "
                + $"all rows sum to one. If these are logits, say so in {JobFile.ResultName}: {{\"kind\": \"logits\"}}"));
        for (int i = 0; i < rows.Count; i++)
        {
            Span<double> row = scores.AsSpan(i * k, k);
            double top = double.NegativeInfinity, sum = 0;
            foreach (double s in row) top = Math.Max(top, s);
            for (int c = 0; c < k; c++) sum += row[c] = probabilities ? Math.Max(0, row[c]) : Math.Exp(row[c] - top);
            for (int c = 0; c < k; c++) row[c] /= sum;
        }

        return scores;
    }

    /// <summary>Whether the scores are probabilities whose rows sum to one but for the decimals that they were written with.</summary>
    private bool IsRounded(double[] scores)
    {
        if (Array.Exists(scores, s => s is < 0 or > 1)) return false;
        try
        {
            _ = RoundedProbabilities.Renormalise(scores, classes.Count);
            return true;
        }
        catch (UnusableDataException)
        {
            return false;
        }
    }

    private static double Sum(ReadOnlySpan<double> row)
    {
        double sum = 0;
        foreach (double s in row) sum += s;
        return sum;
    }

    private string Expected() =>
        $"{rows.Count} rows ({ValidationRows} of validation, then {TestRows} of test) x {classes.Count} classes";

    private string Place(int at) => at < ValidationRows ? $"validation row {at}" : $"test row {at - ValidationRows}";

    private static TrainerException Wrong(string path, string what) => new($"The scores in {path} cannot be used: {what}.".Replace("..", ".",
        StringComparison.Ordinal));
}
