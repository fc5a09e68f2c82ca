using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

/// <summary>Losses that change over the epochs.</summary>
public class ScheduleTests
{
    private static readonly ClassCounts Counts = ClassCounts.From([90, 10]);

    public static TheoryData<string> Names => [.. Loss.Catalogue.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_loss_with_a_schedule_refuses_to_work_before_it_knows_the_epoch(string name)
    {
        using var scope = NewDisposeScope();
        using ClassificationLoss loss = Loss.Catalogue.Create(name)(Counts);
        if (loss.SettledAfter == 0)
        {
            Call(loss);
            return;
        }

        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => Call(loss));
        Assert.Contains("BeginEpoch", refusal.Message, StringComparison.Ordinal);
        loss.BeginEpoch(0, 10);
        Call(loss);
    }

    [Fact]
    public void There_are_losses_with_a_schedule_in_the_catalogue() =>
        Assert.True(Loss.Catalogue.Count(m => { using ClassificationLoss loss = Loss.Catalogue.Create(m.Name)(Counts); return loss.SettledAfter > 0; }) >= 5);

    [Fact]
    public void A_loss_that_holds_a_schedule_refuses_too()
    {
        using var scope = NewDisposeScope();
        var inner = new DeferredLoss(new CrossEntropy(reduction: Reduction.None), new CrossEntropy(reduction: Reduction.None));
        using var held = new ClassBalancedLoss(Counts, 0.9, inner);
        Assert.Throws<InvalidOperationException>(() => Call(held));
        held.BeginEpoch(9, 10);
        Call(held);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    public void A_schedule_that_is_over_at_the_start_needs_no_epoch(double end)
    {
        using var scope = NewDisposeScope();
        using var deferred = new DeferredLoss(new CrossEntropy(), new FocalLoss(2), end);
        using var warm = new WarmUpLoss(new CrossEntropy(), new FocalLoss(2), 0, end);
        using var focal = new FocalLoss(2);
        if (end > 0)
        {
            deferred.BeginEpoch(9, 10);
            warm.BeginEpoch(9, 10);
        }

        Assert.Equal(Call(focal), Call(deferred), 1e-6);
        Assert.Equal(Call(focal), Call(warm), 1e-6);
    }

    [Theory]
    [InlineData(-1, 10)]
    [InlineData(0, 0)]
    public void Epochs_are_checked(int epoch, int epochs)
    {
        using var loss = new CrossEntropy();
        Assert.Throws<ArgumentOutOfRangeException>(() => loss.BeginEpoch(epoch, epochs));
    }

    private static float Call(ClassificationLoss loss)
    {
        Tensor logits = torch.tensor(new[,] { { 0.5f, -0.25f }, { 1.5f, 0.75f }, { -1f, 0.5f }, { 0.1f, 0.9f } }), target = torch.tensor([0L, 1, 0, 1]);
        if (loss.NeedsFeatures) loss.UseFeatures(logits);
        return loss.call(logits, target).mean().item<float>();
    }
}
