using System.Text.RegularExpressions;

namespace Counterweight.Comparison.Tests;

/// <summary>No two choices of a comparison draw the same random numbers.</summary>
public sealed class StreamTests
{
    [Fact]
    public void Streams_of_different_purposes_never_meet()
    {
        Streams.Purpose[] purposes = Enum.GetValues<Streams.Purpose>();
        long[] ends = [0, 1, 2, 7, 100, 1000, 90_000, 5_000_000, uint.MaxValue];
        Assert.Equal(purposes.Length * ends.Length, purposes.SelectMany(p => ends.Select(i => Streams.Number(p, i))).Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => Streams.Number(Streams.Purpose.Folds, 1L << 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => Streams.Number(Streams.Purpose.Folds, -1));
    }

    [Fact]
    public void Every_stream_of_a_comparison_is_named_in_one_place()
    {
        string folder = Path.Combine(TestSupport.Repository.Root, "src", "Counterweight.Comparison");
        const string made = @"new\s+SeededRandom\s*\(|SeededRandom\s+\w+\s*=\s*new\s*\(";
        string[] elsewhere = [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f) != "Streams.cs" && Regex.IsMatch(File.ReadAllText(f), made))];
        Assert.Empty(elsewhere);
    }
}
