using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Databases;

/// <summary>A table or a query of a database, which counts, bins and samples its rows itself.</summary>
/// <remarks>
/// <para>Nothing is changed there: the transaction only reads, names are quoted and labels are parameters, and a statement is cancelled at the server
/// when its time is over or the user stops.</para>
/// <para>Rows come in the order of a hash, and a sample is the first of each class in it: MD5 of the seed and of the key, or of all columns read, written
/// alike by every engine. So the same seed gives the same rows, on any engine that holds them.</para>
/// </remarks>
/// <example>
/// <code>
/// using var loans = DatabaseSource.Open("postgres://analyst@db.example/bank", new() { Table = "loans", MaxRows = 100_000 });
/// Dataset sample = DatasetReader.Read(loans.Name, "status", new() { Source = loans });
/// </code>
/// </example>
public sealed class DatabaseSource : ITableSource, IDisposable
{
    private const int SlackDeviations = 8, SlackRows = 16;

    private readonly DatabaseAddress address;
    private readonly DatabaseSettings settings;
    private readonly CancellationToken cancellation;
    private readonly Dictionary<string, IReadOnlyList<LabelGroup>> counted = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, long>? asked;
    private string? expected;
    private RunningQuery? counting;
    private DatabaseSession? session;
    private List<TableColumn>? columns;

    private DatabaseSource(DatabaseAddress address, DatabaseSettings settings, string name, CancellationToken cancellation) =>
        (this.address, this.settings, Name, this.cancellation) = (address, settings, name, cancellation);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ColumnNames => [.. Columns().Select(c => c.Name)];

    /// <summary>The SQL that is understood there.</summary>
    internal SqlDialect Dialect => Session().Dialect;

    /// <summary>The most time of a statement.</summary>
    internal TimeSpan Limit => settings.Limit;

    /// <summary>Whether a text is the address of a database.</summary>
    /// <param name="address">A path, or an address such as <c>postgres://user@host/db</c>.</param>
    public static bool IsAddress(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return DatabaseAddress.Is(address);
    }

    /// <summary>An address without its password and its settings.</summary>
    /// <param name="address">The address.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static string Masked(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return DatabaseAddress.Parse(address).Masked;
    }

    /// <summary>Begins to connect to the server that a command line names, beside the reading of the command line.</summary>
    internal static void ConnectAhead(string address) => DatabaseAddress.ConnectAhead(address);

    /// <summary>Names a table or a query; the connection is made when it is first needed.</summary>
    /// <param name="address">
    /// The database: <c>postgres://user@host/db</c>, <c>mysql://</c>, <c>sqlserver://</c>, <c>clickhouse://</c>, <c>odbc:DSN=...</c>, <c>duckdb:FILE</c>.
    /// </param>
    /// <param name="settings">The table or the query, and the rest.</param>
    /// <param name="cancellation">Stops whatever is asked of it.</param>
    /// <exception cref="FormatException">The address, the table or the query is none.</exception>
    public static DatabaseSource Open(string address, DatabaseSettings settings, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(settings);
        var place = DatabaseAddress.Parse(address);
        _ = SqlStatements.From(place.Dialect, settings.Table, settings.Query);
        return new(place, settings, $"{place.Masked}{(settings.Table is null ? " (query)" : $" {settings.Table}")}", cancellation);
    }

    /// <summary>Whether a path is a Parquet file, by its first bytes.</summary>
    internal static bool IsParquet(string path)
    {
        if (!File.Exists(path)) return false;
        using FileStream file = File.OpenRead(path);
        Span<byte> first = stackalloc byte[4];
        return file.CanSeek && file.ReadAtLeast(first, 4, throwOnEndOfStream: false) == 4 && first.SequenceEqual("PAR1"u8);
    }

    /// <summary>A Parquet file as a table of an engine in memory, for a sample of its rows.</summary>
    internal static DatabaseSource OfParquet(string path, DatabaseSettings settings, CancellationToken cancellation)
    {
        string literal = Path.GetFullPath(path).Replace("[", "[[]", StringComparison.Ordinal).Replace("*", "[*]", StringComparison.Ordinal)
            .Replace("?", "[?]", StringComparison.Ordinal);
        string query = $"SELECT * FROM read_parquet({SqlDialect.Of("duckdb").Text(literal)}, hive_partitioning=false, union_by_name=false)";
        return new(DatabaseAddress.Memory, settings with { Table = null, Query = query }, path, cancellation);
    }

    /// <inheritdoc/>
    public IReadOnlyList<LabelGroup> CountLabels(string column, string? weight, int most, CancellationToken cancellation)
    {
        string key = $"{column}\0{weight}";
        if (counted.TryGetValue(key, out IReadOnlyList<LabelGroup>? known)) return known;
        TableColumn label = Column(column);
        if (weight is not null && !Column(weight).IsNumber)
            throw new UnusableDataException("the column holds no numbers. A weight is a number of zero or more; name another column of weights.", Name, null,
                weight);
        DatabaseSession open = Session();
        bool begun = counting is not null && column == expected && weight is null;
        using RunningQuery query = begun ? counting! : Start(SqlStatements.Counts(open.Dialect, From, column, weight), [], cancellation);
        if (begun)
        {
            counting = null;
            query.Next();
        }

        List<LabelGroup> groups = [];
        while (groups.Count < most + 2L && query.Read())
        {
            string? text = query.Reader.IsDBNull(0) ? null : RowStream.Text(query.Reader.GetValue(0));
            long rows = Whole(query.Reader.GetValue(1));
            if (weight is null)
            {
                groups.Add(new(text, label.IsNumber, rows, rows, rows));
                continue;
            }

            if (Whole(query.Reader.GetValue(5)) < rows)
                throw new UnusableDataException($"a row of the class '{text}' has no weight. Give it one, or leave it out.", Name, null, weight);
            if (!(Real(query.Reader.GetValue(4)) >= 0))
                throw new UnusableDataException($"a row of the class '{text}' has a weight below zero. A weight is a number of zero or more; correct it, or "
                    + "leave the row out.", Name, null, weight);
            groups.Add(new(text, label.IsNumber, rows, Real(query.Reader.GetValue(2)), Real(query.Reader.GetValue(3))));
        }

        return counted[key] = groups;
    }

    /// <inheritdoc/>
    public IReadOnlyList<LabelGroup>? Population(string column, CancellationToken cancellation)
    {
        if (settings.MaxRows is null && asked is null) return null;
        IReadOnlyList<LabelGroup> groups = CountLabels(column, null, int.MaxValue - 1, cancellation);
        return (asked is not null || groups.Sum(g => g.Rows) > settings.MaxRows) && groups.All(g => g.Label is not null) ? groups : null;
    }

    /// <summary>
    /// Says which column's labels will be counted, if it is there: the count is then sent together with the question for the columns, and the server is at it
    /// while the answer is looked at.
    /// </summary>
    internal void Expect(string label) => expected = label;

    /// <summary>Reads so many rows of each label rather than all; of labels that are not named all.</summary>
    internal void Keep(IReadOnlyDictionary<string, long> rows) => asked = rows;

    /// <inheritdoc/>
    public Stream OpenRows(IReadOnlyList<string> columns, string? label, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(columns);
        List<TableColumn> wanted = [.. columns.Select(Column)];
        if (wanted.Find(c => c.Kind == ColumnKind.Bytes && c.Name != label) is { } bytes)
            throw new UnusableDataException("the column holds bytes, which are no feature. Leave it out with --drop.", Name, null, bytes.Name);
        DatabaseSession open = Session();
        Dictionary<string, long> quotas = new(StringComparer.Ordinal);
        List<RowSample> cuts = [];
        if (label is not null && Population(label, cancellation) is { } groups)
        {
            long[] kept = asked is null ? SampleQuota.Of([.. groups.Select(g => g.Rows)], settings.MaxRows!.Value)
                : [.. groups.Select(g => Math.Min(g.Rows, asked.GetValueOrDefault(g.Label!, g.Rows)))];
            for (int g = 0; g < kept.Length; g++)
            {
                if (kept[g] == groups[g].Rows) continue;
                quotas[groups[g].Label!] = kept[g];
                double share = (kept[g] + (SlackDeviations * Math.Sqrt(kept[g])) + SlackRows) / groups[g].Rows;
                if (share < 1) cuts.Add(new(groups[g].Label!, SampleQuota.Bound(share)));
            }
        }

        List<string> values = [];
        string sql = label is null ? SqlStatements.Rows(open.Dialect, From, wanted)
            : SqlStatements.Ordered(open.Dialect, From, wanted, Hashed(columns), Column(label), settings.Seed, cuts, text =>
            {
                values.Add(text);
                return open.Mark(values.Count - 1);
            });
        RunningQuery query = Start(sql, values, cancellation);
        int place = label is null ? -1 : columns.ToList().IndexOf(label);
        if (place >= 0 && !wanted[place].IsNumber) wanted[place] = wanted[place] with { Kind = ColumnKind.Text };
        return new RowStream(query, wanted, Name, place, quotas);
    }

    /// <summary>Counts the rows of each label in bins of a score from 0 to 1: the only thing that is read of them.</summary>
    /// <param name="label">The label column.</param>
    /// <param name="score">The score column.</param>
    /// <param name="bins">How many bins.</param>
    /// <param name="logits">Whether the score is a raw output, to go through the logistic function first.</param>
    /// <param name="cancellation">Stops it at the server.</param>
    internal IReadOnlyList<BinGroup> CountBins(string label, string score, int bins, bool logits, CancellationToken cancellation)
    {
        if (!Column(score).IsNumber)
            throw new UnusableDataException("the column holds no numbers; scores are numbers.", Name, null, score);
        DatabaseSession open = Session();
        using RunningQuery query = Start(SqlStatements.Bins(open.Dialect, From, label, score, bins, logits), [], cancellation);
        List<BinGroup> groups = [];
        while (query.Read())
            groups.Add(new(query.Reader.IsDBNull(0) ? null : RowStream.Text(query.Reader.GetValue(0)), (int)Whole(query.Reader.GetValue(1)),
                Whole(query.Reader.GetValue(2))));
        return groups;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        counting?.Dispose();
        session?.Dispose();
    }

    private string From => SqlStatements.From(Session().Dialect, settings.Table, settings.Query);

    private DatabaseSession Session() => session ??= new(
        address, settings.Dialect is null ? null : SqlDialect.Of(settings.Dialect), settings.Limit, cancellation);

    /// <summary>Sends a statement; a count that was begun and not wanted after all is given up.</summary>
    private RunningQuery Start(string sql, IReadOnlyList<string> texts, CancellationToken stop)
    {
        counting?.Dispose();
        counting = null;
        return Session().Start(sql, texts, stop);
    }

    private List<TableColumn> Hashed(IReadOnlyList<string> columns) => [.. (settings.Key.Count > 0 ? settings.Key : columns).Select(Column)];

    private TableColumn Column(string name) => Columns().Find(c => c.Name == name)
        ?? throw new UnusableDataException($"there is no column '{name}'. {NearestName.Hint(name, ColumnNames)}", Name);

    private List<TableColumn> Columns()
    {
        if (columns is not null) return columns;
        string sql = SqlStatements.Nothing(From);
        DatabaseSession open = Session();
        bool two = expected is not null && open.TakesTwo;
        RunningQuery query = Start(two ? $"{sql};\n{SqlStatements.Counts(open.Dialect, From, expected!)}" : sql, [], cancellation);
        List<TableColumn> found;
        try
        {
            found = [.. Enumerable.Range(0, query.Reader.FieldCount).Select(i => TableColumn.Of(query.Reader, i))];
            if (two) counting = query;
            else while (query.Read()) { }
        }
        finally
        {
            if (counting is null) query.Dispose();
        }

        if (found.GroupBy(c => c.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new UnusableDataException($"two columns are called '{twice.Key}'. Give them names with AS in the --query.", Name);
        return columns = found;
    }

    private static long Whole(object value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private static double Real(object value) => value is DBNull ? double.NaN : Convert.ToDouble(value, CultureInfo.InvariantCulture);
}

/// <summary>The rows of a label in a bin.</summary>
/// <param name="Label">The label as text; null for rows without one.</param>
/// <param name="Bin">The bin, from 0; -1 for no score, -2 for one below 0, -3 for one above 1 or none at all.</param>
/// <param name="Rows">How many rows there are.</param>
internal sealed record BinGroup(string? Label, int Bin, long Rows);

/// <summary>A class of which a sample is read.</summary>
/// <param name="Label">The label as text.</param>
/// <param name="Below">Hashes below this are asked for.</param>
internal sealed record RowSample(string Label, string Below);

/// <summary>How many rows of each class a sample has.</summary>
internal static class SampleQuota
{
    private const int Digits = 12;

    /// <summary>
    /// Shares out a number of rows: classes that have fewer than an equal part are kept whole, from the rarest up, and the others get equal parts of the
    /// rest.
    /// </summary>
    internal static long[] Of(IReadOnlyList<long> rows, long most)
    {
        long[] kept = new long[rows.Count];
        long left = most;
        int[] order = [.. Enumerable.Range(0, rows.Count).OrderBy(c => rows[c]).ThenBy(c => c)];
        for (int i = 0; i < order.Length; i++)
        {
            long part = Math.Max(1, left / (order.Length - i));
            kept[order[i]] = Math.Min(rows[order[i]], part);
            left -= kept[order[i]];
        }

        return kept;
    }

    /// <summary>The first digits of the hash below which a share of all hashes lies.</summary>
    internal static string Bound(double share) =>
        ((long)Math.Ceiling(share * Math.Pow(16, Digits))).ToString("x", CultureInfo.InvariantCulture).PadLeft(Digits, '0');
}
