namespace Counterweight.Fuzz;

/// <summary>Every reader of files on its corpus, on what was found once, and on some hundreds of changed inputs from a fixed seed.</summary>
public sealed class FuzzTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    public static TheoryData<string> Names => [.. Targets.All.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_bytes_end_in_a_result_or_in_a_sentence(string name)
    {
        Target target = Targets.Named(name);
        Action<byte[]> read = target.Open(files.Folder);
        foreach (string file in target.Files("corpus").Concat(target.Files("finds")))
            Right(read, File.ReadAllBytes(file), Path.GetFileName(file));
        byte[][] seeds = [.. target.Seeds(files.Folder)];
        Assert.NotEmpty(seeds);
        Assert.Contains(seeds, seed => Reads(read, seed)); // a target that refuses everything tests nothing
        var mutator = new Mutator(seeds, target.Tokens, seed: 1);
        for (int i = 0; i < target.Runs; i++) Right(read, mutator.Next(), $"input {i}");
    }

    private static void Right(Action<byte[]> read, byte[] input, string which)
    {
        if (Judge.Wrong(read, input) is string wrong) Assert.Fail($"{which}: {wrong}\n{Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 6000)))}");
    }

    private static bool Reads(Action<byte[]> read, byte[] input)
    {
        try
        {
            read(input);
            return true;
        }
        catch (Exception refused) when (refused is not Xunit.Sdk.XunitException)
        {
            return false;
        }
    }
}
