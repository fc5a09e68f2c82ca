namespace Counterweight.Cli;

/// <summary>A verb, which is made when it is needed: a command line is about one of them, and starts sooner without the others.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Create">Makes it.</param>
internal sealed record VerbEntry(string Name, Func<VerbCommand> Create);

/// <summary>The one list of verbs, in the order of the help.</summary>
internal static class Verbs
{
    internal static IReadOnlyList<VerbEntry> All { get; } =
    [
        new("weights", WeightsVerb.Create),
        new("explain", ExplainVerb.Create),
        new("compare", CompareVerb.Create),
        new("merge", MergeVerb.Create),
        new("train", TrainVerb.Create),
        new("trainer", TrainerVerb.Create),
        new("fit", FitVerb.Create),
        new("export", ExportVerb.Create),
        new("predict", PredictVerb.Create),
        new("decide", DecideVerb.Create),
        new("resample", ResampleVerb.Create),
        new("remedies", RemediesVerb.Create),
        new("libtorch", LibTorchVerb.Create),
        new("doctor", DoctorVerb.Create),
        new("completion", CompletionVerb.Create),
    ];

    /// <summary>The verb that a command line begins with; all of them where it begins with something else.</summary>
    internal static IEnumerable<VerbEntry> Of(IReadOnlyList<string> words) =>
        All.FirstOrDefault(v => words.Count > 0 && v.Name == words[0]) is { } named ? [named] : All;
}
