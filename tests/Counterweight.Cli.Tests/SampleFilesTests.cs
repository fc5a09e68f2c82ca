namespace Counterweight.Cli.Tests;

/// <summary>The data sets that come with the tool.</summary>
public sealed class SampleFilesTests
{
    [Fact]
    public void A_sample_is_the_file_of_the_repository() =>
        Assert.Equal(Weights("samples/lending-club.csv"), Weights("sample:lending-club"));

    private static string Weights(string file) => Tool.Run("weights", file, "-t", "Class", "--json").Output;

    [Fact]
    public void Each_sample_that_is_offered_is_there_with_its_licence()
    {
        string[] words = [.. SampleFiles.Words];
        Assert.Equal(["sample:hpc-jobs", "sample:lending-club", "sample:scores-binary", "sample:scores-multiclass"], words);
        Assert.All(words, word => Assert.True(File.Exists(SampleFiles.Resolve(word))));
        Assert.Contains("MIT licence", File.ReadAllText(Path.Combine(Path.GetDirectoryName(SampleFiles.Resolve(words[0]))!, "README.md")));
    }

    [Fact]
    public void An_unknown_sample_is_refused_with_the_names_there_are()
    {
        ToolResult run = Tool.Run("compare", "sample:lending", "-t", "Class");
        Assert.Equal(2, run.Code);
        Assert.Contains("No data set 'sample:lending' comes with the tool. Did you mean 'sample:lending-club'?", run.Error, StringComparison.Ordinal);
    }
}
