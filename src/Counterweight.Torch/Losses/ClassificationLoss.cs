using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>A loss that trains a classifier: a module from logits and targets to a loss, with the hooks that schedules and stateful losses need.</summary>
/// <remarks>
/// <para>Logits are (N, K) or (N, K, d1, ...) in 16, 32 or 64 bits; targets are class indices of the shape of the logits without K. Losses for
/// several labels per row also take targets of zeros and ones in the shape of the logits.</para>
/// <para>A training loop calls <see cref="BeginEpoch"/> before each epoch, and <see cref="nn.Module{T1, T2, TResult}.call"/> for each batch. Losses with a
/// schedule refuse to work without (<see cref="ThrowIfNotBegun"/>). A loop that can
/// name the features of a batch (what the last linear layer is fed) calls <see cref="UseFeatures"/> first; only losses whose
/// <see cref="NeedsFeatures"/> is true ask for them.</para>
/// </remarks>
/// <example>
/// <code>
/// using ClassificationLoss loss = Loss.Catalogue.Create("ldam-drw")(counts);
/// for (int epoch = 0; epoch &lt; epochs; epoch++)
/// {
///     loss.BeginEpoch(epoch, epochs);
///     foreach ((Tensor x, Tensor y) in batches)
///     {
///         using var scope = NewDisposeScope();
///         optimiser.zero_grad();
///         loss.call(model.call(x), y).backward();
///         optimiser.step();
///     }
/// }
/// </code>
/// </example>
public abstract class ClassificationLoss : nn.Module<Tensor, Tensor, Tensor>
{
    private bool begun;

    /// <summary>Creates a loss.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <exception cref="ArgumentOutOfRangeException">The reduction is none of the four.</exception>
    /// <exception cref="DllNotFoundException">The native library cannot be loaded; the message says why and what to do.</exception>
    protected ClassificationLoss(string name, Reduction reduction = Reduction.WeightedMean) : base(Loaded(name))
    {
        if (!Enum.IsDefined(reduction)) throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "Unknown reduction.");
        Reduction = reduction;
    }

    /// <summary>Loads the native library before anything of TorchSharp does, whose error would say less.</summary>
    private static string Loaded(string name)
    {
        NativeTorch.EnsureLoaded();
        return name;
    }

    /// <summary>How row losses become one number.</summary>
    public Reduction Reduction { get; private set; }

    /// <summary>
    /// Whether <see cref="Counterweight.Reduction.None"/> gives a loss for each row, which a weight per row can multiply. Losses that rank the rows of a
    /// batch, or compare regions, look at all rows together.
    /// </summary>
    public virtual bool IsPerRow => true;

    /// <summary>
    /// The total that <see cref="Counterweight.Reduction.WeightedMean"/> and <see cref="Counterweight.Reduction.BatchMean"/> divide by instead of that of the
    /// batch, so that the gradients of micro-batches add up to that of the whole batch; null to use the batch at hand. See <see cref="Losses.Total"/>.
    /// </summary>
    public virtual double? Normaliser { get; set; }

    /// <summary>Whether the loss asks for the features of each batch, see <see cref="UseFeatures"/>.</summary>
    public virtual bool NeedsFeatures => false;

    /// <summary>
    /// Whether the loss was published for logits that are cosines, that is, with a last layer without bias whose rows and inputs have length
    /// one (see <see cref="CosineClassifier"/>). It works without, though less well.
    /// </summary>
    public virtual bool PrefersCosineClassifier => false;

    /// <summary>
    /// What the biases of the last layer are best set to before the first step, b = -log((1 - pi) / pi) with the prior pi = 1/K; null for a loss that does not
    /// mind. With biases of zero a loss over sigmoids begins by pushing down the K - 1 zeros of every row (Lin and others, 2017, section 4.1; Cui and others,
    /// 2019, section 5, which has this prior).
    /// </summary>
    /// <param name="classes">K.</param>
    /// <example>
    /// <code>
    /// if (loss.InitialBias(classes) is { } bias) nn.init.constant_(last.bias, bias);
    /// </code>
    /// </example>
    public virtual double? InitialBias(int classes) => null;

    /// <summary>
    /// The share of the epochs after which a schedule no longer changes the loss, in [0, 1]; 0 for a loss without a schedule. Figures of the loss before and
    /// after do not compare: a training that stops early begins to watch them there.
    /// </summary>
    public virtual double SettledAfter => 0;

    /// <summary>From now on the loss gives one number per row.</summary>
    internal virtual void KeepRows() => Reduction = Reduction.None;

    /// <summary>Tells the loss which epoch begins; schedules act on it, see <see cref="EnterEpoch"/>.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="epochs">How many epochs the training has at most.</param>
    /// <exception cref="ArgumentOutOfRangeException">The epoch is negative, or there are no epochs.</exception>
    public void BeginEpoch(int epoch, int epochs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epochs);
        EnterEpoch(epoch, epochs);
        begun = true;
    }

    /// <summary>What a schedule does when an epoch begins.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="epochs">How many epochs the training has at most.</param>
    protected virtual void EnterEpoch(int epoch, int epochs) { }

    /// <summary>
    /// Refuses to go on where the loss has a schedule (<see cref="SettledAfter"/> is above 0) and was never told of an epoch: it would stay in its first phase
    /// in silence. A loss with a schedule calls this first in its <see cref="forward"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException"><see cref="BeginEpoch"/> has not been called.</exception>
    protected void ThrowIfNotBegun()
    {
        if (begun || SettledAfter == 0) return;
        throw new InvalidOperationException(
            $"{GetType().Name} changes over the epochs and does not know which one this is: call loss.BeginEpoch(epoch, epochs) before each epoch, with the "
            + "epoch from 0 and the number of epochs. Without it the loss would stay in its first phase throughout.");
    }

    /// <summary>Gives the features of the next batch to a loss that <see cref="NeedsFeatures"/>.</summary>
    /// <param name="features">(N, d), what the last linear layer is fed. Kept until the next call of the loss; no gradient flows into it.</param>
    public virtual void UseFeatures(Tensor features) { }

    /// <summary>The class probabilities that a model trained with this loss means by its logits.</summary>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <returns>Probabilities of the same shape that sum to one over the classes.</returns>
    public virtual Tensor Probabilities(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        return nn.functional.softmax(logits, logits.ndim == 1 ? 0 : 1);
    }

    /// <summary>What <see cref="Probabilities"/> computes: softmax(scale z), or with sigmoids softmax(log sigmoid(z)).</summary>
    internal virtual (double Scale, bool Sigmoids) Link => (1, false);

    /// <summary>The loss of a batch.</summary>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K.</param>
    /// <returns>A scalar, or one loss per row for <see cref="Counterweight.Reduction.None"/>.</returns>
    public abstract override Tensor forward(Tensor logits, Tensor target);
}

/// <summary>Makes a loss for a training set.</summary>
/// <param name="counts">The class counts of the training rows.</param>
public delegate ClassificationLoss LossFactory(ClassCounts counts);
