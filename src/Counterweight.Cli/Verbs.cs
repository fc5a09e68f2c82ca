namespace Counterweight.Cli;

/// <summary>The one list of verbs, in the order of the help.</summary>
internal static class Verbs
{
    internal static IReadOnlyList<Func<VerbCommand>> All { get; } =
    [
        WeightsVerb.Create,
        ExplainVerb.Create,
        CompareVerb.Create,
        MergeVerb.Create,
        TrainVerb.Create,
        TrainerVerb.Create,
        FitVerb.Create,
        ExportVerb.Create,
        PredictVerb.Create,
        DecideVerb.Create,
        ResampleVerb.Create,
        RemediesVerb.Create,
        LibTorchVerb.Create,
        DoctorVerb.Create,
        CompletionVerb.Create,
    ];
}
