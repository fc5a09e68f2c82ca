using System.CommandLine;

namespace Counterweight.Cli;

/// <summary>An option that takes one of a few words, which stand where it is made: the help, the check and the tab key have them from there.</summary>
/// <typeparam name="T">What a word stands for.</typeparam>
internal sealed class ChoiceOption<T> : Option<string>
{
    private readonly (string Word, T Value)[] choices;

    /// <summary>Creates the option.</summary>
    /// <param name="name">Its name with the two hyphens.</param>
    /// <param name="question">What it says, as the help has it before the words.</param>
    /// <param name="choices">The words, what each stands for and, where the word does not say it, what that is. The first one is the default.</param>
    internal ChoiceOption(string name, string question, params (string Word, T Value, string? Meaning)[] choices) : base(name)
    {
        this.choices = [.. choices.Select(c => (c.Word, c.Value))];
        Description = $"{question}: {string.Join(", ", choices.Select(c => c.Meaning is null ? c.Word : $"{c.Word} ({c.Meaning})"))}.";
        HelpName = "NAME";
        DefaultValueFactory = _ => choices[0].Word;
        CompletionSources.Add(_ => Words);
    }

    private IEnumerable<string> Words => choices.Select(c => c.Word);

    /// <summary>What the word on the command line stands for.</summary>
    internal T Of(Invocation run)
    {
        string given = run.Value(this)!;
        int index = Array.FindIndex(choices, c => c.Word == given);
        return index >= 0 ? choices[index].Value
            : throw new UsageException($"{Name} is one of {string.Join(", ", Words)}; '{given}' is not."
                + (NearestName.Find(given, Words) is string near ? $" Did you mean '{near}'?" : ""));
    }
}
