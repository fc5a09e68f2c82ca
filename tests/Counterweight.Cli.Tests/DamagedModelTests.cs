using System.Globalization;
using System.Text;
using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Cli.Tests;

/// <summary>A model folder whose files were cut, changed, emptied or lost is refused as such, or predicts; it never ends a program in another way.</summary>
public sealed class DamagedModelTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData("linear", "weights:balanced+threshold:tuned")]
    [InlineData("gbdt", "none")]
    [InlineData("mlp", "offsets:tuned")]
    [InlineData("linear", "ensemble:easy(members=2, rounds=2)")]
    [InlineData("gbdt", "ensemble:balanced-forest(members=3)")]
    [InlineData("gbdt", "calibrate:isotonic")]
    public void Any_damage_is_refused_by_name_or_harmless(string learner, string remedy)
    {
        Dataset rows = Rows();
        string folder = files[$"{learner}-{string.Concat(remedy.Where(char.IsLetter))}"];
        using (TrainedClassifier trained = TrainedClassifier.Fit(rows, learner, Remedy.Parse(remedy), new() { Threads = 1 })) trained.Save(folder);
        string[] parts = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        var random = new SeededRandom(11);
        int refused = 0, tried = 0;
        foreach (string part in parts)
        {
            byte[] whole = File.ReadAllBytes(part);
            foreach (byte[]? damaged in Damages(whole, random))
            {
                if (damaged is null) File.Delete(part);
                else File.WriteAllBytes(part, damaged);
                tried++;
                try
                {
                    using TrainedClassifier loaded = TrainedClassifier.Load(folder);
                    _ = loaded.Predict(rows.Columns);
                }
                catch (UnusableDataException problem)
                {
                    refused++;
                    Assert.NotEqual("", problem.Message);
                }
                catch (Exception other) when (other is not Xunit.Sdk.XunitException)
                {
                    Assert.Fail($"{Path.GetFileName(part)}: {other.GetType().Name}: {other.Message}\n{other.StackTrace}");
                }
            }

            File.WriteAllBytes(part, whole);
        }

        Assert.True(refused > tried / 3, $"{refused} of {tried} damages were refused");
        using TrainedClassifier again = TrainedClassifier.Load(folder);
        Assert.Equal(rows.Rows, again.Predict(rows.Columns).Labels.Length);
    }

    private static IEnumerable<byte[]?> Damages(byte[] whole, SeededRandom random)
    {
        yield return null;
        yield return [];
        yield return "null"u8.ToArray();
        yield return "{}"u8.ToArray();
        yield return "[]"u8.ToArray();
        for (int i = 0; i < 6; i++) yield return whole[..(int)(random.NextDouble() * whole.Length)];
        for (int i = 0; i < 24; i++)
        {
            byte[] changed = [.. whole];
            for (int flips = 0; flips <= i % 4; flips++) changed[(int)(random.NextDouble() * changed.Length)] = (byte)(random.NextDouble() * 256);
            yield return changed;
        }

        // A digit, a number or a name changed keeps the form and loses the sense.
        string text = Encoding.UTF8.GetString(whole);
        if (text.Contains('\ufffd')) yield break;
        for (int i = 0; i < 24; i++)
        {
            int at = (int)(random.NextDouble() * text.Length), digit = text.IndexOfAny([.. "0123456789"], at);
            if (digit < 0) continue;
            string[] instead = ["-7", "9999999999", "null", "1e99", "", "0"];
            yield return Encoding.UTF8.GetBytes(string.Concat(text.AsSpan(0, digit), instead[i % instead.Length], text.AsSpan(digit + 1)));
        }
    }

    private Dataset Rows()
    {
        var random = new SeededRandom(7);
        var text = new StringBuilder("x,z,kind,y\n");
        for (int i = 0; i < 240; i++)
        {
            string z = i % 9 == 0 ? "" : random.NextDouble().ToString("0.###", CultureInfo.InvariantCulture);
            double x = random.NextGaussian() + (i % 4 == 0 ? 2 : 0);
            text.Append(CultureInfo.InvariantCulture, $"{x:0.####},{z},{"abc"[i % 3]},{(i % 4 == 0 ? "yes" : "no")}\n");
        }

        return DatasetReader.Read(files.Write("rows.csv", text.ToString()), "y");
    }
}
