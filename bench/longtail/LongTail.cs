using Counterweight.Benchmarks;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.LongTail;

/// <summary>How class counts fall: by equal factors from class to class, or at one step half-way (Cui et al., 2019, section 5.1; Buda et al., 2018).</summary>
internal enum Profile
{
    Exponential,
    Step,
}

/// <summary>Fashion-MNIST with fewer rows of later classes: the largest class keeps 6000, the smallest 6000 / ratio; the test set stays whole and
/// balanced.</summary>
internal sealed class LongTail : IDisposable
{
    internal const int Largest = 6000;
    private const float Mean = 0.2860f, Deviation = 0.3530f;                 // of the pixels of the whole training set

    private LongTail(int[] labels, Tensor images, Tensor testImages, int[] testLabels)
    {
        (Labels, Images, TestImages, TestLabels) = (labels, images, testImages, testLabels);
        Targets = tensor(labels.Select(l => (long)l).ToArray()).DetachFromDisposeScope();
        Counts = ClassCounts.Of(labels, FashionMnist.Classes);
    }

    internal int[] Labels { get; }

    internal ClassCounts Counts { get; }

    /// <summary>(N, 1, 28, 28), standardised.</summary>
    internal Tensor Images { get; }

    internal Tensor Targets { get; }

    internal Tensor TestImages { get; }

    internal int[] TestLabels { get; }

    internal static int Count(Profile profile, int ratio, int label) => profile == Profile.Step
        ? label < FashionMnist.Classes / 2 ? Largest : Largest / ratio
        : (int)Math.Round(Largest * Math.Pow(ratio, -label / (FashionMnist.Classes - 1.0)));

    /// <summary>The rows of a seed: of each class a run in the order of the file that begins at another place for each seed.</summary>
    internal static LongTail Of(FashionMnist train, FashionMnist test, Profile profile, int ratio, int seed)
    {
        List<int>[] rows = [.. Enumerable.Range(0, FashionMnist.Classes).Select(_ => new List<int>())];
        for (int row = 0; row < train.Labels.Length; row++) rows[train.Labels[row]].Add(row);
        int[] kept = [.. Enumerable.Range(0, FashionMnist.Classes)
            .SelectMany(c => Enumerable.Range(0, Count(profile, ratio, c)).Select(i => rows[c][((seed * 1000) + i) % rows[c].Count]))];
        return new([.. kept.Select(r => train.Labels[r])], Pixels(train.Images, kept), Pixels(test.Images, [.. Enumerable.Range(0, test.Labels.Length)]),
            test.Labels);
    }

    public void Dispose()
    {
        Images.Dispose();
        Targets.Dispose();
        TestImages.Dispose();
    }

    private static Tensor Pixels(byte[] images, int[] rows)
    {
        float[] pixels = new float[rows.Length * FashionMnist.Pixels];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = ((images[(rows[i / FashionMnist.Pixels] * FashionMnist.Pixels) + (i % FashionMnist.Pixels)] / 255f) - Mean) / Deviation;
        return tensor(pixels, [rows.Length, 1, FashionMnist.Side, FashionMnist.Side]).DetachFromDisposeScope();
    }
}
