using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>Text that the tool is expected to print, in Goldens/. With COUNTERWEIGHT_WRITE_GOLDENS=1 a run writes the files anew, to be read before they are
/// committed.</summary>
internal static class TextGolden
{
    internal static void Check(string name, string actual)
    {
        string path = Path.Combine(Repository.Root, "tests", "Counterweight.Cli.Tests", "Goldens", name);
        if (Environment.GetEnvironmentVariable("COUNTERWEIGHT_WRITE_GOLDENS") == "1") File.WriteAllText(path, actual);
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
