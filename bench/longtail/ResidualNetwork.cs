using Counterweight.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Counterweight.LongTail;

/// <summary>
/// A residual network (He et al., 2016) for one training in seconds: a convolution of stride 2 to 14 x 14, three blocks of 8, 16 and 32 channels, the
/// last two of stride 2, the mean over the picture, one linear layer. Some 20,000 parameters.
/// </summary>
internal sealed class ResidualNetwork : nn.Module<Tensor, Tensor>
{
    internal const int Width = 8, FeatureCount = 4 * Width;
    private readonly nn.Module<Tensor, Tensor> stem, body;

    internal ResidualNetwork(int classes, bool cosine) : base(nameof(ResidualNetwork))
    {
        stem = nn.Sequential(nn.Conv2d(1, Width, 3, stride: 2, padding: 1, bias: false), nn.BatchNorm2d(Width), nn.ReLU(inplace: true));
        body = nn.Sequential(
            new Block(Width, Width, 1), new Block(Width, 2 * Width, 2), new Block(2 * Width, 4 * Width, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten());
        Classifier = cosine ? new CosineClassifier(FeatureCount, classes) : nn.Linear(FeatureCount, classes);
        RegisterComponents();
        register_module("classifier", Classifier);
    }

    internal nn.Module<Tensor, Tensor> Classifier { get; }

    /// <summary>(N, 1, 28, 28) to (N, 32): what the last layer is fed.</summary>
    /// <remarks>The channels come last in memory after the stem, which LibTorch's convolutions of few channels are faster with.</remarks>
    internal Tensor Features(Tensor images) => body.call(stem.call(images).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));

    public override Tensor forward(Tensor input) => Classifier.call(Features(input));

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> main;
        private readonly nn.Module<Tensor, Tensor>? shortcut;

        internal Block(int from, int to, int stride) : base(nameof(Block))
        {
            main = nn.Sequential(
                nn.Conv2d(from, to, 3, stride: stride, padding: 1, bias: false), nn.BatchNorm2d(to), nn.ReLU(inplace: true),
                nn.Conv2d(to, to, 3, padding: 1, bias: false), nn.BatchNorm2d(to));
            if (stride > 1 || from != to) shortcut = nn.Sequential(nn.Conv2d(from, to, 1, stride: stride, bias: false), nn.BatchNorm2d(to));
            RegisterComponents();
        }

        // What a batch normalisation gave is needed by nobody else, so that the sum and its positive part take its place.
        public override Tensor forward(Tensor input) => main.call(input).add_(shortcut?.call(input) ?? input).relu_();
    }
}
