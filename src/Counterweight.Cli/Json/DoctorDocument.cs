namespace Counterweight.Cli;

/// <summary>What <c>doctor --json</c> prints.</summary>
/// <param name="Version">The version of the tool.</param>
/// <param name="Runtime">The version of .NET that it runs on.</param>
/// <param name="System">The system and the kind of processor.</param>
/// <param name="Processors">How many processors it may use.</param>
/// <param name="Parts">What it can use on this machine.</param>
internal sealed record DoctorDocument(string Version, string Runtime, string System, int Processors, IReadOnlyList<DoctorPart> Parts);

/// <summary>Something that the tool can use.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Works">Whether it is there and works.</param>
/// <param name="IsShipped">Whether it comes with every package of the tool, so that its lack is a fault.</param>
/// <param name="Found">Its version or its place, or null.</param>
/// <param name="NeededFor">What needs it.</param>
/// <param name="Problem">What is wrong and what to do, or null.</param>
internal sealed record DoctorPart(string Name, bool Works, bool IsShipped, string? Found, string NeededFor, string? Problem);
