using Counterweight.LightGbm;
using Counterweight.Torch;

namespace Counterweight.Comparison;

/// <summary>The loss of a <see cref="TrainingPlan"/>: a method with its parameters, and its forms for networks and for boosted trees.</summary>
public sealed class PlannedLoss
{
    /// <summary>Makes the forms that there are.</summary>
    /// <param name="call">A call of a method in <see cref="Torch.Loss.Catalogue"/> or <see cref="BoostingObjective.Catalogue"/>.</param>
    /// <exception cref="ArgumentException">Neither catalogue has the method, or the parameters do not fit.</exception>
    public PlannedLoss(MethodCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        Call = call;
        Name = call.ToString();
        if (Loss.Catalogue.Find(call.Method.Name) is { } network) Network = Loss.Catalogue.Create(call.Of(network));
        if (BoostingObjective.Catalogue.Find(call.Method.Name) is { } boosting)
        {
            try
            {
                Boosting = BoostingObjective.Catalogue.Create(call.Of(boosting));
            }
            catch (ArgumentException unfit) when (Network is not null)
            {
                BoostingProblem = unfit.Message;
            }
        }

        if (Network is null && Boosting is null) throw new ArgumentException($"There is no loss '{call.Method.Name}'.", nameof(call));
    }

    /// <summary>The method with its parameters.</summary>
    public MethodCall Call { get; }

    /// <summary>The canonical name: <c>focal(gamma=2)</c>.</summary>
    public string Name { get; }

    /// <summary>The form for networks and linear models; null if there is none.</summary>
    public LossFactory? Network { get; }

    /// <summary>The form for boosted trees; null if there is none.</summary>
    public BoostingObjective? Boosting { get; }

    /// <summary>Why the form for boosted trees does not take these parameters; null if it does, or there is none.</summary>
    internal string? BoostingProblem { get; }

    /// <summary>Reads a loss, as a saved model names it.</summary>
    /// <param name="text">The name, with parameters in brackets.</param>
    /// <exception cref="FormatException">The name is unknown or the parameters do not fit.</exception>
    public static PlannedLoss Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return new(Loss.Catalogue.Parse(text));
        }
        catch (FormatException) when (BoostingObjective.Catalogue.MethodOf(text) is not null)
        {
            return new(BoostingObjective.Catalogue.Parse(text));
        }
    }

    /// <summary>The canonical name.</summary>
    public override string ToString() => Name;
}
