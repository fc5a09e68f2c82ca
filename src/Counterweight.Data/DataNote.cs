namespace Counterweight.Data;

/// <summary>Something about a file that its reader noticed and that the user should know.</summary>
/// <param name="Code">A stable name of the kind of note, such as <c>number-in-disguise</c>.</param>
/// <param name="Column">The column it is about.</param>
/// <param name="Message">The note in words, with what to do.</param>
public sealed record DataNote(string Code, string Column, string Message);
