namespace Counterweight;

/// <summary>A way to get from scored rows to a decision: fitted on rows that the model was not trained on, it gives an <see cref="IDecision"/>.</summary>
/// <remarks>
/// <para>Recipes are in <see cref="Decision.Catalogue"/>. Some change the probabilities (<c>calibrate:isotonic</c>, <c>prior-corrected</c>), others decide
/// (<c>threshold:tuned</c>, <c>offsets:tuned</c>); they combine with <c>+</c>, the changes first: <c>calibrate:platt+threshold:bayes</c>. Without a
/// deciding part the most probable class is taken.</para>
/// <para>To judge a recipe use rows that did not fit it, or <see cref="CrossFitting"/>.</para>
/// </remarks>
/// <example>
/// <code>
/// int[] truth = [0, 0, 0, 1, 0, 1];
/// double[] probabilities = [0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.95, 0.05, 0.7, 0.3];
/// var rows = Predictions.FromProbabilities(truth, probabilities, classes: 2);
/// IDecision decision = DecisionRecipe.Parse("threshold:tuned").Fit(rows, new DecisionContext { Metric = Metric.F1 });
/// </code>
/// </example>
public sealed class DecisionRecipe
{
    private readonly Func<Predictions, DecisionContext, IProbabilityTransform>? transform;
    private readonly Func<Predictions, DecisionContext, IDecision>? decide;
    private readonly DecisionRecipe? next;

    /// <summary>A recipe that changes the probabilities.</summary>
    /// <param name="call">The call of its definition, which says whether it needs tuning and whether it reads the shares of training.</param>
    /// <param name="transform">Fits the change to rows.</param>
    public DecisionRecipe(MethodCall call, Func<Predictions, DecisionContext, IProbabilityTransform> transform)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(transform);
        (Name, NeedsTuning, ReadsPrior, this.transform) = (call.ToString(), call.Method.NeedsTuning, call.Method.ReadsPrior, transform);
    }

    /// <summary>A recipe that decides.</summary>
    /// <param name="call">The call of its definition, which says whether it needs tuning and whether it reads the shares of training.</param>
    /// <param name="decide">Fits the decision to rows.</param>
    /// <param name="binaryOnly">Whether it is for two classes only.</param>
    public DecisionRecipe(MethodCall call, Func<Predictions, DecisionContext, IDecision> decide, bool binaryOnly = false)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(decide);
        (Name, NeedsTuning, ReadsPrior, this.decide, IsBinaryOnly) = (call.ToString(), call.Method.NeedsTuning, call.Method.ReadsPrior, decide, binaryOnly);
    }

    private DecisionRecipe(DecisionRecipe first, DecisionRecipe next)
    {
        (transform, this.next) = (first.transform, next);
        (Name, IsBinaryOnly) = ($"{first.Name}+{next.Name}", next.IsBinaryOnly);

        // After a change the probabilities are those of the rows, whatever training did.
        (NeedsTuning, ReadsPrior) = (first.NeedsTuning || next.NeedsTuning, first.ReadsPrior);
    }

    /// <summary>The canonical name, which <see cref="Parse"/> reads back.</summary>
    public string Name { get; }

    /// <summary>Whether the recipe is for two classes only.</summary>
    public bool IsBinaryOnly { get; }

    /// <summary>Whether it is fitted to probabilities of rows that the model has not seen; otherwise class shares and costs are all that it needs.</summary>
    public bool NeedsTuning { get; }

    /// <summary>Whether it goes by the class shares that training left in the probabilities.</summary>
    public bool ReadsPrior { get; }

    /// <summary>Whether the recipe starts by changing the probabilities, so that another may follow.</summary>
    public bool ChangesProbabilities => transform is not null;

    /// <summary>Reads one recipe or several joined by <c>+</c>.</summary>
    /// <param name="text">What the user typed: <c>prior-corrected+threshold:bayes</c>.</param>
    /// <exception cref="FormatException">A part is unknown, or one follows a part that decides.</exception>
    public static DecisionRecipe Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        DecisionRecipe[] parts = [.. text.Split('+', StringSplitOptions.TrimEntries).Select(Decision.Catalogue.Create)];
        DecisionRecipe recipe = parts[^1];
        for (int i = parts.Length - 2; i >= 0; i--)
        {
            if (!parts[i].ChangesProbabilities)
                throw new FormatException($"'{parts[i].Name}' decides, so nothing can follow it; calibration and prior correction go first.");
            recipe = parts[i].Then(recipe);
        }

        return recipe;
    }

    /// <summary>This recipe's change of the probabilities, then another recipe.</summary>
    /// <param name="following">What follows.</param>
    /// <exception cref="InvalidOperationException">This recipe decides, so nothing can follow.</exception>
    public DecisionRecipe Then(DecisionRecipe following)
    {
        ArgumentNullException.ThrowIfNull(following);
        if (transform is null) throw new InvalidOperationException($"'{Name}' decides, so nothing can follow it.");
        return new(this, next is null ? following : next.Then(following));
    }

    /// <summary>Whether the recipe can be fitted for so many classes.</summary>
    /// <param name="classes">K.</param>
    public bool Supports(int classes) => classes == 2 || (classes > 2 && !IsBinaryOnly);

    /// <summary>Fits the recipe.</summary>
    /// <param name="predictions">Scores and labels of rows that the model was not trained on: probabilities (N, K), or (N) of the positive class.</param>
    /// <param name="context">Aim, costs and class shares; null for the defaults.</param>
    /// <returns>A decision on probabilities (N, K).</returns>
    /// <exception cref="ArgumentException">The recipe needs two classes and there are more, or costs or shares have the wrong number of classes.</exception>
    /// <exception cref="UnusableDataException">The rows cannot be used, or no threshold meets the constraints.</exception>
    public IDecision Fit(Predictions predictions, DecisionContext? context = null)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        context ??= new();
        if (!Supports(predictions.Classes))
            throw new ArgumentException($"'{Name}' is for two classes and there are {predictions.Classes}; 'offsets:tuned' is its form for more.",
                nameof(predictions));
        if (context.Costs is not null && context.Costs.Classes != predictions.Classes)
            throw new ArgumentException($"The cost matrix has {context.Costs.Classes} classes and the rows have {predictions.Classes}.", nameof(context));
        Predictions full = AllColumns(predictions);
        if (decide is not null) return decide(full, context);
        IProbabilityTransform fitted = transform!(full, context);
        double[] changed = fitted.Transform(full.Scores.Span);
        Predictions after = Predictions.FromProbabilities(
            full.Truth, changed, full.Classes, full.Weights, positiveClass: full.PositiveClass, tolerance: RowChecks.SumTolerance, threads: full.ThreadLimit);
        DecisionRecipe rest = next ?? Decision.Catalogue.Create("argmax");
        return new TransformedDecision(fitted, rest.Fit(after, context with { TrainingPrior = null }));
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>The same rows with a column per class.</summary>
    internal static Predictions AllColumns(Predictions predictions)
    {
        if (predictions.Columns == predictions.Classes) return predictions;
        if (!predictions.HasScores) throw new ArgumentException("The predictions have no scores, so there is no decision to fit.", nameof(predictions));
        double[] both = Decision.BothColumns(predictions.Scores.Span, predictions.PositiveClass);
        return Predictions.FromClassScores(
            predictions.Truth, both, 2, predictions.Weights, positiveClass: predictions.PositiveClass, threads: predictions.ThreadLimit);
    }
}
