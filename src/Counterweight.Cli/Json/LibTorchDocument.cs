namespace Counterweight.Cli;

/// <summary>What <c>libtorch --json</c> prints.</summary>
/// <param name="Works">Whether it can be loaded.</param>
/// <param name="Version">The version that is needed.</param>
/// <param name="Folder">The folder of the user's own one, or null.</param>
/// <param name="Problem">Why it does not work, or null.</param>
internal sealed record LibTorchDocument(bool Works, string Version, string? Folder, string? Problem);
