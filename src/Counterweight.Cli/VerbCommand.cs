using System.CommandLine;

namespace Counterweight.Cli;

/// <summary>A verb: its arguments and options, what it does, and examples for its help.</summary>
/// <remarks>A verb is one file in Verbs/ with a static <c>Create</c>, and one line in <see cref="Verbs"/>.</remarks>
internal sealed class VerbCommand : Command
{
    /// <summary>Creates a verb.</summary>
    /// <param name="name">What the user types.</param>
    /// <param name="description">What it answers, in a sentence or two.</param>
    /// <param name="examples">Command lines without the leading program name, each with what it does.</param>
    internal VerbCommand(string name, string description, params (string Arguments, string Does)[] examples) : base(name, description) => Examples = examples;

    internal IReadOnlyList<(string Arguments, string Does)> Examples { get; }

    /// <summary>Says what the verb does. It may throw: see <see cref="CommandLine.Run"/> for what becomes of exceptions.</summary>
    internal void Runs(Action<Invocation> action) => RunsTo(run =>
    {
        action(run);
        return ExitCodes.Done;
    });

    /// <summary>Says what the verb does, which gives the exit code itself.</summary>
    internal void RunsTo(Func<Invocation, int> action) => SetAction(parsed =>
    {
        using var run = new Invocation(parsed);
        return action(run);
    });
}
