using System.Text.RegularExpressions;

namespace Counterweight.Comparison;

/// <summary>
/// A training program of the user's, in any language: it is started once per fit with a job file, trains on the rows that it names and writes scores
/// (docs/trainers.md is the contract).
/// </summary>
/// <remarks>
/// It takes part in a comparison beside learners and is judged as they are. It learns from the rows of a file itself, so it neither takes prepared features nor
/// gives back a model.
/// </remarks>
/// <example>
/// <code>
/// var options = new ComparisonOptions
/// {
///     Trainers = [ExternalTrainer.Parse("net=python train.py")],
///     TrainerSettings = new TrainerSettings { DataFile = "photos.csv" },
/// };
/// </code>
/// </example>
public sealed partial class ExternalTrainer : ILearner
{
    /// <summary>What programs are given their script by: the name of the trainer is that of the script.</summary>
    private static readonly HashSet<string> Interpreters = new(StringComparer.OrdinalIgnoreCase)
    {
        "python", "python3", "rscript", "r", "julia", "dotnet", "sh", "bash", "node", "ruby", "perl", "java", "uv", "run", "env", "exec", "nice", "poetry",
        "conda", "pixi", "torchrun", "accelerate", "launch",
    };

    private readonly string[] words;

    /// <summary>Names a program.</summary>
    /// <param name="name">What tables call it.</param>
    /// <param name="command">The program and its arguments, split as a POSIX shell splits words; <c>{job}</c> becomes the path of the job file.</param>
    /// <exception cref="FormatException">The command is empty or has a quote that is not closed, or the name is a learner's.</exception>
    public ExternalTrainer(string name, string command)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(command);
        if (LearnerCatalogue.All.Contains(name))
            throw new FormatException($"'{name}' is a learner of the catalogue; give the program another name, as in --trainer my-{name}=COMMAND.");
        (Name, Command, words) = (name, command.Trim(), CommandWords.Split(command));
    }

    private ExternalTrainer(string name, string[] words) => (Name, Command, this.words) = (name, "fit", words);

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The command as it was given.</summary>
    public string Command { get; }

    /// <inheritdoc/>
    bool ILearner.NeedsFilledIn => false;

    /// <summary>Reads <c>NAME=COMMAND</c>, or a command alone, whose name is that of its script.</summary>
    /// <param name="text">What the user typed.</param>
    /// <exception cref="FormatException">The command is empty or has a quote that is not closed.</exception>
    public static ExternalTrainer Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Match named = NameAndCommand().Match(text);
        if (named.Success) return new ExternalTrainer(named.Groups[1].Value, named.Groups[2].Value);
        string name = NameOf(CommandWords.Split(text));
        return new ExternalTrainer(LearnerCatalogue.All.Contains(name) ? $"my-{name}" : name, text);
    }

    /// <summary>Why the program cannot do what a plan asks; null if it may. What it cannot do beyond that it says itself, with exit code 78.</summary>
    /// <param name="plan">The plan.</param>
    public string? Refuses(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Ensemble is not null)
            return "An ensemble trains many models on drawn parts of the rows, and a program trains one; learners of the catalogue take it.";
        if (plan.Native?.Kind == NativeSwitchKind.IsUnbalance)
            return "is-unbalance is a switch of LightGBM's own; positive-weight and scale-pos-weight are its forms for programs.";
        return null;
    }

    /// <inheritdoc/>
    IModel ILearner.Fit(FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options) =>
        throw new NotSupportedException($"{Name} is a program that reads the rows of a file itself; it takes part in comparisons and gives back scores, no "
            + "model.");

    /// <inheritdoc/>
    IModel ILearner.Load(string folder) =>
        throw new NotSupportedException($"{Name} is a program that keeps its model itself; load it with the program.");

    /// <summary>The tool itself, as the program that fits one of its own learners.</summary>
    internal static ExternalTrainer OfLearner(string name, IReadOnlyList<string> fitCommand) => new(name, [.. fitCommand, "{job}"]);

    /// <summary>The words to start: those of the launcher, then the command's, with the path of the job in place of <c>{job}</c>.</summary>
    internal string[] Words(string? launcher, string job) =>
        [.. launcher is null ? [] : CommandWords.Split(launcher), .. words.Select(w => w.Replace("{job}", job, StringComparison.Ordinal))];

    private static string NameOf(string[] words)
    {
        foreach (string word in words)
        {
            string file = Path.GetFileName(word);
            if (word.StartsWith('-') || file.Length == 0 || Interpreters.Contains(file) || Versioned().IsMatch(file) || word.Contains('{',
                StringComparison.Ordinal))
                continue;
            string stem = Path.GetFileNameWithoutExtension(file);
            string clean = Unusual().Replace(stem.Length > 0 ? stem : file, "-");
            return clean.Length <= 32 ? clean : clean[..32];
        }

        return Path.GetFileName(words[0]);
    }

    [GeneratedRegex(@"^([A-Za-z0-9][\w.-]*)=(.*)$", RegexOptions.Singleline)]
    private static partial Regex NameAndCommand();

    [GeneratedRegex(@"^(python|pypy)[0-9.]+$")]
    private static partial Regex Versioned();

    [GeneratedRegex(@"[^\w.-]")]
    private static partial Regex Unusual();
}
