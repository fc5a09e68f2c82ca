using Counterweight;
using Counterweight.Torch;
using TorchSharp;

int[] labels = [.. Enumerable.Range(0, 10_000).Select(row => row % 50 == 0 ? 1 : 0)];       // 2 % positives
var sampler = new ClassBalancedSampler(labels, classes: 2, seed: 0);
using var loader = new SamplerDataLoader(new Rows(labels), sampler, batchSize: 100);
for (int epoch = 0; epoch < 3; epoch++)
{
    double positives = loader.Average(batch => batch["label"].to(torch.float32).mean().item<float>());
    Console.WriteLine($"epoch {epoch}: {loader.Count} batches, {positives:P1} positives; resume from {loader.Position}");
}

internal sealed class Rows(int[] labels) : torch.utils.data.Dataset
{
    public override long Count => labels.Length;
    public override Dictionary<string, torch.Tensor> GetTensor(long row) => new() { ["label"] = torch.tensor((long)labels[row]) };
}
