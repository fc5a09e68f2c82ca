using System.Globalization;
using Counterweight.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Counterweight.Benchmarks;

/// <summary>
/// Samplers against class weights on long-tailed Fashion-MNIST, trained through TorchSharp's data loader; writes a table. Finished runs are kept in the
/// results file, so a stopped run goes on where it was. <c>dotnet run -c Release --project bench/Counterweight.Benchmarks -- --quick sampler-long-tail FOLDER
/// RESULTS.csv TABLE.md</c>
/// </summary>
internal sealed class SamplerLongTail : IQuickBenchmark
{
    private const int Classes = 10, Largest = 2000, Imbalance = 100, Epochs = 15, BatchSize = 64, Seeds = 5;

    private static readonly string[] Remedies =
        ["none", "weights:balanced", "sampler:class-balanced", "sampler:sqrt", "sampler:progressive", "sampler:balanced-batch", "sampler:undersample"];

    public string Name => "sampler-long-tail";

    public void Run(string[] args)
    {
        if (args.Length != 3)
        {
            Console.Error.WriteLine("sampler-long-tail FOLDER RESULTS.csv TABLE.md, where FOLDER has the four files of Fashion-MNIST as "
                + "train-images-idx3-ubyte.gz, ...");
            return;
        }

        NativeTorch.EnsureLoaded();
        (string folder, string results, string table) = (args[0], args[1], args[2]);
        (float[] Images, int[] Labels) train = Read(folder, "train"), test = Read(folder, "t10k");
        Dictionary<(string Remedy, int Seed), double[]> done = File.Exists(results)
            ? File.ReadLines(results).Select(l => l.Split(',')).ToDictionary(f => (f[0], int.Parse(f[1], CultureInfo.InvariantCulture)),
                f => f[2..].Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray())
            : [];
        for (int seed = 0; seed < Seeds; seed++)
            foreach (string remedy in Remedies)
            {
                if (done.ContainsKey((remedy, seed))) continue;
                double[] recalls = Train(remedy, seed, LongTail(train, seed), test);
                done[(remedy, seed)] = recalls;
                File.AppendAllText(results,
                    string.Join(',', [remedy, seed.ToString(CultureInfo.InvariantCulture),
                        .. recalls.Select(r => r.ToString("R", CultureInfo.InvariantCulture))]) + "\n");
                Console.WriteLine($"{remedy}, seed {seed}: {recalls.Average():0.0000}");
            }

        File.WriteAllText(table, Table(done));
    }

    /// <summary>Class c keeps 2000 x 100^(-c / 9) rows (Cui et al., 2019, section 5.1), others for each seed.</summary>
    private static (float[] Images, int[] Labels) LongTail((float[] Images, int[] Labels) data, int seed)
    {
        int[] order = [.. Enumerable.Range(0, data.Labels.Length)];
        new SeededRandom(seed, 1).Shuffle(order.AsSpan());
        int[] kept = new int[Classes];
        List<int> rows = [];
        foreach (int row in order)
            if (kept[data.Labels[row]]++ < Count(data.Labels[row])) rows.Add(row);
        return ([.. rows.SelectMany(r => data.Images.AsSpan(r * 784, 784).ToArray())], [.. rows.Select(r => data.Labels[r])]);
    }

    private static int Count(int label) => (int)Math.Round(Largest * Math.Pow(Imbalance, -label / 9.0));

    private static double[] Train(string remedy, int seed, (float[] Images, int[] Labels) data, (float[] Images, int[] Labels) test)
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(seed);
        int[] labels = data.Labels;
        using Sequential model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, Classes));
        using var optimizer = optim.Adam(model.parameters(), 1e-3);
        double[] counts = new double[Classes];
        foreach (int label in labels) counts[label]++;
        using Tensor? weights = remedy == "weights:balanced" ? tensor(counts.Select(n => (float)(labels.Length / (Classes * n))).ToArray()) : null;
        using CrossEntropyLoss loss = nn.CrossEntropyLoss(weights);
        ISampler sampler = remedy switch
        {
            "none" or "weights:balanced" => new RepeatFactorSampler(labels, Classes, 1e-9, seed),       // every row once: a plain shuffle
            "sampler:progressive" => new ProgressivelyBalancedSampler(labels, Classes, Epochs, seed: seed),
            "sampler:balanced-batch" => BalancedBatchSampler.OfSize(labels, Classes, BatchSize, seed),
            _ => Sampler.Catalogue.Create(remedy["sampler:".Length..])(labels, Classes, seed),
        };
        // Every remedy takes as many steps as there are in the epochs of the whole data.
        long steps = (long)Epochs * ((labels.Length + BatchSize - 1) / BatchSize);
        using var loader = new SamplerDataLoader(new Images(data.Images, labels), sampler, sampler is IBatchSampler ? 0 : BatchSize);
        for (long step = 0; step < steps;)
            foreach (Dictionary<string, Tensor> batch in loader)
            {
                if (step++ == steps) break;
                using DisposeScope inner = NewDisposeScope();
                optimizer.zero_grad();
                loss.forward(model.forward(batch["image"]), batch["label"]).backward();
                optimizer.step();
            }

        using IDisposable noGrad = no_grad();
        long[] predicted = [.. model.forward(tensor(test.Images).view(-1, 784)).argmax(1).data<long>()];
        double[] hits = new double[Classes], totals = new double[Classes];
        for (int i = 0; i < predicted.Length; i++)
        {
            totals[test.Labels[i]]++;
            if (predicted[i] == test.Labels[i]) hits[test.Labels[i]]++;
        }

        return [.. hits.Zip(totals, (h, t) => h / t)];
    }

    private static string Table(Dictionary<(string Remedy, int Seed), double[]> done)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        string[] names = ["many (3 largest classes)", "medium (4)", "few (3 smallest)"];
        var text = new System.Text.StringBuilder();
        text.AppendLine("# Samplers against class weights on long-tailed Fashion-MNIST").AppendLine()
            .AppendLine(culture, $"Class c keeps {Largest} x {Imbalance}^(-c/9) training rows "
            + $"({string.Join(", ", Enumerable.Range(0, Classes).Select(Count))}); the test set is whole and balanced, so accuracy is balanced accuracy.")
            .AppendLine(culture, $"A network with one hidden layer of 128, Adam at 1e-3, batches of {BatchSize}, as many steps for each remedy as {Epochs} "
            + $"epochs of the data have,")
            .AppendLine(culture, $"through TorchSharp's data loader (`SamplerDataLoader`). Mean over {Seeds} seeds, each with other training rows, and the "
            + $"standard error of the difference to `none` on the same seeds.").AppendLine()
            .AppendLine("    dotnet run -c Release --project bench/Counterweight.Benchmarks -- --quick sampler-long-tail FOLDER results.csv "
            + "bench/longtail-sampler.md").AppendLine()
            .AppendLine(culture, $"| remedy | balanced accuracy | against none | {string.Join(" | ", names)} |").AppendLine("|---|---|---|---|---|---|");
        foreach (string remedy in Remedies)
        {
            double[][] runs = [.. Enumerable.Range(0, Seeds).Select(s => done[(remedy, s)])];
            double[] gains = [.. Enumerable.Range(0, Seeds).Select(s => done[(remedy, s)].Average() - done[("none", s)].Average())];
            double gain = gains.Average(), error = Math.Sqrt(gains.Sum(g => (g - gain) * (g - gain)) / (Seeds - 1) / Seeds);
            string Part(int from, int to) => runs.Average(r => r[from..to].Average()).ToString("0.000", culture);
            text.AppendLine(culture,
                $"| `{remedy}` | {Part(0, 10)} | {(remedy == "none" ? "" : string.Create(culture, $"{gain:+0.000;-0.000} ± {error:0.000}"))} | {Part(0, 3)} "
                + $"| {Part(3, 7)} | {Part(7, 10)} |");
        }

        return text.ToString();
    }

    private static (float[] Images, int[] Labels) Read(string folder, string part)
    {
        (byte[] images, int[] labels) = FashionMnist.Read(folder, part);
        return ([.. images.Select(b => b / 255f)], labels);
    }

    private sealed class Images(float[] images, int[] labels) : utils.data.Dataset
    {
        public override long Count => labels.Length;

        public override Dictionary<string, Tensor> GetTensor(long index) =>
            new() { ["image"] = tensor(images[(int)(index * 784)..(int)((index + 1) * 784)]), ["label"] = tensor((long)labels[index]) };
    }
}
