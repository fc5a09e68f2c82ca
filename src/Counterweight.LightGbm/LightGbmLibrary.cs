namespace Counterweight.LightGbm;

/// <summary>The native library that everything here stands on.</summary>
/// <example>
/// <code>
/// if (LightGbmLibrary.Problem is string problem) Console.WriteLine(problem);
/// </code>
/// </example>
public static class LightGbmLibrary
{
    /// <summary>Why the native library cannot be used on this machine and what to do about it, or null where it can. It is loaded when this is first
    /// asked.</summary>
    public static string? Problem => NativeLibraryLoader.Why;
}
