using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Cli.Tests;

internal static class TorchSharpSnippet
{
    internal static (double CrossEntropy, double Binary) Run()
    {
        // <paste>
        // class weights 'balanced' for the classes ham, spam, in this order
        var classWeights = tensor(new float[] { 0.5555555555555556f, 5.0f });
        var loss = nn.CrossEntropyLoss(weight: classWeights);   // loss.call(logits, codes)

        // or, with one logit for the class 'spam':
        var positiveWeight = tensor(new float[] { 9.0f });
        var binaryLoss = nn.BCEWithLogitsLoss(pos_weights: positiveWeight);
        // </paste>
        using Tensor logits = tensor(new float[,] { { 0, 1 }, { 2, 0 } }), codes = tensor(new long[] { 0, 1 });
        using Tensor logit = tensor(new float[] { 1, -1 }), truth = tensor(new float[] { 1, 0 });
        return (loss.call(logits, codes).item<float>(), binaryLoss.call(logit, truth).item<float>());
    }
}
