namespace Counterweight.Cli;

/// <summary>What <c>trainer --check --json</c> prints.</summary>
/// <param name="Ok">Whether the program can take part in a comparison.</param>
/// <param name="Checks">What was looked at.</param>
internal sealed record TrainerCheckDocument(bool Ok, IReadOnlyList<TrainerCheckDocument.Look> Checks)
{
    /// <summary>One thing that was looked at.</summary>
    /// <param name="Name">What.</param>
    /// <param name="Outcome">ok, wrong or note.</param>
    /// <param name="Detail">What was found.</param>
    internal sealed record Look(string Name, string Outcome, string Detail);
}
