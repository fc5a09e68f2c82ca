using System.Globalization;
using System.Text;

namespace Counterweight;

/// <summary>
/// Thrown when data (not a parameter) cannot be used: it says what is wrong, where, and what to do about it.
/// </summary>
/// <remarks>
/// Wrong parameters are reported by <see cref="ArgumentException"/> and its relatives; this type is for the rows themselves. Rows are counted from 1 without
/// the header, as a person reading the file would count them.
/// </remarks>
public sealed class UnusableDataException : Exception
{
    /// <summary>Creates an exception without a message.</summary>
    public UnusableDataException() : this("The data cannot be used.") { }

    /// <summary>Creates an exception with a message that names what is wrong and what to do.</summary>
    /// <param name="problem">What is wrong and what to do, as one or more sentences.</param>
    public UnusableDataException(string problem) : base(problem) => Problem = problem;

    /// <summary>Creates an exception with a message and the exception that caused it.</summary>
    /// <param name="problem">What is wrong and what to do, as one or more sentences.</param>
    /// <param name="innerException">The cause.</param>
    public UnusableDataException(string problem, Exception? innerException) : base(problem, innerException) => Problem = problem;

    /// <summary>Creates an exception that points at a place in the data.</summary>
    /// <param name="problem">What is wrong and what to do, as one or more sentences.</param>
    /// <param name="file">The file or other source, if known.</param>
    /// <param name="row">The row, counted from 1 without the header, if known.</param>
    /// <param name="column">The name of the column, if known.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public UnusableDataException(string problem, string? file = null, long? row = null, string? column = null, Exception? innerException = null)
        : base(Describe(problem, file, row, column), innerException)
    {
        Problem = problem;
        File = file;
        Row = row;
        Column = column;
    }

    /// <summary>What is wrong and what to do, without the place.</summary>
    public string Problem { get; }

    /// <summary>The file or other source, if known.</summary>
    public string? File { get; }

    /// <summary>The row, counted from 1 without the header, if known.</summary>
    public long? Row { get; }

    /// <summary>The name of the column, if known.</summary>
    public string? Column { get; }

    private static string Describe(string problem, string? file, long? row, string? column)
    {
        var place = new StringBuilder();
        void Append(string text) => place.Append(place.Length == 0 ? "" : ", ").Append(text);
        if (file is not null) Append(file);
        if (row is not null) Append(string.Create(CultureInfo.InvariantCulture, $"row {row}"));
        if (column is not null) Append($"column '{column}'");
        return place.Length == 0 ? problem : $"{place}: {problem}";
    }
}
