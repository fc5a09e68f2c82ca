using System.Globalization;
using System.Text;

namespace Counterweight.Databases;

/// <summary>How an engine writes names, texts and the few functions that are needed of it.</summary>
/// <remarks>The source of each rule is the engine's own manual of its SQL; an engine is one entry of <see cref="All"/>.</remarks>
internal sealed record SqlDialect
{
    private static readonly SqlDialect Standard = new()
    {
        Name = "ansi",
        OpensName = '"',
        ClosesName = '"',
        TextType = "VARCHAR(4000)",
        RealType = "DOUBLE PRECISION",
        WholeType = "BIGINT",
        Md5 = "MD5({0})",
        Moment = "SUBSTRING(CAST(CAST({0} AS TIMESTAMP) AS VARCHAR(40)) FROM 1 FOR 19)",
    };

    /// <summary>The engines, in the order of the help; the first is the standard itself.</summary>
    internal static IReadOnlyList<SqlDialect> All { get; } =
    [
        Standard,
        Standard with { Name = "postgres", TextType = "text", Md5 = "MD5({0}) COLLATE \"C\"", Moment = "TO_CHAR({0}, 'YYYY-MM-DD HH24:MI:SS')" },
        Standard with
        {
            Name = "mysql",
            OpensName = '`',
            ClosesName = '`',
            Backslash = true,
            DoublesQuotes = true,
            Concatenates = "CONCAT",
            AsText = "CONVERT({0} USING utf8mb4)",
            AsLabel = "CAST(CONVERT({0} USING utf8mb4) AS BINARY)",
            Compares = "CAST({0} AS BINARY)",
            RealType = "DOUBLE",
            WholeType = "SIGNED",
            Moment = "DATE_FORMAT({0}, '%Y-%m-%d %H:%i:%s')",
        },
        Standard with
        {
            Name = "sqlserver",
            OpensName = '[',
            ClosesName = ']',
            TextPrefix = "N",
            Concatenates = "+",
            AsText = "CAST(CAST({0} AS nvarchar(max)) COLLATE Latin1_General_100_BIN2_UTF8 AS varchar(max))",
            AsLabel = "CAST({0} AS nvarchar(4000)) COLLATE Latin1_General_100_BIN2",
            Compares = "CAST({0} AS nvarchar(4000)) COLLATE Latin1_General_100_BIN2",
            RealType = "float",
            Md5 = "LOWER(CONVERT(varchar(32), HASHBYTES('MD5', {0}), 2))",
            Moment = "CONVERT(varchar(19), {0}, 120)",
            CountsRows = "COUNT_BIG(*)",
        },
        Standard with
        {
            Name = "clickhouse",
            OpensName = '`',
            ClosesName = '`',
            BackslashInNames = true,
            Backslash = true,
            AsText = "toString({0})",
            AsReal = "toFloat64({0})",
            AsWhole = "toInt64({0})",
            SearchedCase = true,
            Absolute = "abs({0})",
            Md5 = "lower(hex(MD5({0})))",
            Moment = "toString(toDateTime({0}))",
        },
        Standard with
        {
            Name = "bigquery",
            OpensName = '`',
            ClosesName = '`',
            BackslashInNames = true,
            Backslash = true,
            TextType = "STRING",
            RealType = "FLOAT64",
            WholeType = "INT64",
            Md5 = "TO_HEX(MD5({0}))",
            Moment = "FORMAT_DATETIME('%Y-%m-%d %H:%M:%S', CAST({0} AS DATETIME))",
        },
        Standard with
        {
            Name = "snowflake",
            Backslash = true,
            DoublesQuotes = true,
            TextType = "VARCHAR",
            RealType = "DOUBLE",
            Moment = "TO_CHAR({0}, 'YYYY-MM-DD HH24:MI:SS')",
        },
        Standard with
        {
            Name = "spark",
            OpensName = '`',
            ClosesName = '`',
            Backslash = true,
            TextType = "STRING",
            RealType = "DOUBLE",
            Moment = "DATE_FORMAT({0}, 'yyyy-MM-dd HH:mm:ss')",
        },
        Standard with { Name = "duckdb", TextType = "VARCHAR", RealType = "DOUBLE", Moment = "STRFTIME({0}, '%Y-%m-%d %H:%M:%S')" },
        Standard with
        {
            Name = "trino",
            TextType = "VARCHAR",
            RealType = "DOUBLE",
            Md5 = "LOWER(TO_HEX(MD5(TO_UTF8({0}))))",
            Moment = "DATE_FORMAT({0}, '%Y-%m-%d %H:%i:%s')",
        },
    ];

    /// <summary>What the engine is called on the command line.</summary>
    internal required string Name { get; init; }

    /// <summary>The sign before a quoted name.</summary>
    internal required char OpensName { get; init; }

    /// <summary>The sign after a quoted name; within the name it is doubled, or follows a backslash.</summary>
    internal required char ClosesName { get; init; }

    /// <summary>Whether a backslash in a quoted name escapes the sign after it.</summary>
    internal bool BackslashInNames { get; init; }

    /// <summary>Whether a backslash in a text escapes the sign after it.</summary>
    internal bool Backslash { get; init; }

    /// <summary>Whether a quote in a text is doubled although a backslash escapes, so that it is right either way.</summary>
    internal bool DoublesQuotes { get; init; }

    /// <summary>What stands before a text.</summary>
    internal string TextPrefix { get; init; } = "";

    /// <summary>How texts are joined: an operator, or CONCAT.</summary>
    internal string Concatenates { get; init; } = "||";

    /// <summary>The type of texts of any length.</summary>
    internal required string TextType { get; init; }

    /// <summary>The type of floating-point numbers of 64 bits.</summary>
    internal required string RealType { get; init; }

    /// <summary>The type of whole numbers of 64 bits.</summary>
    internal required string WholeType { get; init; }

    /// <summary>Whether each branch of a CASE says its condition: ClickHouse of 2018 gives nothing for <c>CASE column WHEN value</c> without an ELSE.</summary>
    internal bool SearchedCase { get; init; }

    /// <summary>The size of a number, without its sign.</summary>
    internal string Absolute { get; init; } = "ABS({0})";

    /// <summary>A value as text in UTF-8; {0} is the value.</summary>
    internal string? AsText { get; init; }

    /// <summary>A value as floating-point number.</summary>
    internal string? AsReal { get; init; }

    /// <summary>A number as whole number.</summary>
    internal string? AsWhole { get; init; }

    /// <summary>A label as it is grouped: so that labels that differ in anything are different; null where the engine groups so by itself.</summary>
    internal string? AsLabel { get; init; }

    /// <summary>A text as it is compared with another, sign by sign; null where the engine compares so by itself.</summary>
    internal string? Compares { get; init; }

    /// <summary>The MD5 of a text in 32 small hexadecimal digits.</summary>
    internal required string Md5 { get; init; }

    /// <summary>A date or a time as <c>2024-01-31 09:30:00</c>.</summary>
    internal required string Moment { get; init; }

    /// <summary>The number of rows, in 64 bits.</summary>
    internal string CountsRows { get; init; } = "COUNT(*)";

    /// <summary>The dialect of a name.</summary>
    /// <exception cref="FormatException">There is none; the message names the nearest.</exception>
    internal static SqlDialect Of(string name) => All.FirstOrDefault(d => d.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException($"There is no dialect '{name}'. {NearestName.Hint(name, All.Select(d => d.Name))}");

    /// <summary>A name in quotes, whatever it holds.</summary>
    internal string Quote(string name)
    {
        string inner = BackslashInNames
            ? name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(ClosesName.ToString(), $"\\{ClosesName}", StringComparison.Ordinal)
            : name.Replace(ClosesName.ToString(), new string(ClosesName, 2), StringComparison.Ordinal);
        return $"{OpensName}{inner}{ClosesName}";
    }

    /// <summary>A table, as in <c>schema.table</c>; a part with a dot in it stands in double quotes.</summary>
    /// <exception cref="FormatException">The name has an empty part, or a quote that is not closed.</exception>
    internal string Table(string name) => string.Join('.', Parts(name).Select(Quote));

    /// <summary>A text.</summary>
    internal string Text(string text)
    {
        var written = new StringBuilder(TextPrefix).Append('\'');
        foreach (char c in text)
        {
            if (c == '\'') written.Append(Backslash && !DoublesQuotes ? "\\'" : "''");
            else if (c == '\\' && Backslash) written.Append("\\\\");
            else if (Backslash && c == '\n') written.Append("\\n");
            else if (Backslash && c == '\r') written.Append("\\r");
            else written.Append(c);
        }

        return written.Append('\'').ToString();
    }

    /// <summary>A value as text.</summary>
    internal string ToText(string value) => AsText is null ? $"CAST({value} AS {TextType})" : Format(AsText, value);

    /// <summary>A value as floating-point number.</summary>
    internal string ToReal(string value) => AsReal is null ? $"CAST({value} AS {RealType})" : Format(AsReal, value);

    /// <summary>A number as whole number.</summary>
    internal string ToWhole(string value) => AsWhole is null ? $"CAST({value} AS {WholeType})" : Format(AsWhole, value);

    /// <summary>The size of a number.</summary>
    internal string Size(string value) => Format(Absolute, value);

    /// <summary>A label as it is grouped.</summary>
    internal string Label(string column) => AsLabel is null ? column : Format(AsLabel, column);

    /// <summary>A text as it is compared.</summary>
    internal string Comparable(string text) => Compares is null ? text : Format(Compares, text);

    /// <summary>The MD5 of a text.</summary>
    internal string Hash(string text) => Format(Md5, text);

    /// <summary>A date or time as text.</summary>
    internal string Time(string value) => Format(Moment, value);

    /// <summary>Texts one after the other.</summary>
    internal string Joined(IReadOnlyList<string> texts) => Concatenates == "CONCAT"
        ? $"CONCAT({string.Join(", ", texts)})" : string.Join($" {Concatenates} ", texts);

    private static string Format(string form, string value) => string.Format(CultureInfo.InvariantCulture, form, value);

    private static List<string> Parts(string name)
    {
        List<string> parts = [];
        var part = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            if (c == '"' && quoted && i + 1 < name.Length && name[i + 1] == '"') part.Append(name[i++]);
            else if (c == '"' && (quoted || part.Length == 0)) quoted = !quoted;
            else if (c == '.' && !quoted) Add();
            else part.Append(c);
        }

        if (quoted) throw new FormatException($"The table '{name}' has a quote that is not closed.");
        Add();
        return parts;

        void Add()
        {
            if (part.Length == 0) throw new FormatException($"'{name}' is no table; a name such as loans, public.loans or \"my.loans\" is accepted.");
            parts.Add(part.ToString());
            part.Clear();
        }
    }
}
