using System.Globalization;
using Counterweight.LightGbm;
using Counterweight.Torch;

namespace Counterweight.Comparison;

public sealed partial class Remedy
{
    /// <summary>Every single remedy by its stable name; what <c>--remedies</c> accepts and <c>counterweight remedies</c> lists.</summary>
    public static Catalogue<IRemedy> Catalogue { get; } = BuildCatalogue();

    private static Catalogue<IRemedy> BuildCatalogue()
    {
        var catalogue = new Catalogue<IRemedy>("remedy")
        {
            { new("none", "Nothing: the baseline that every remedy has to beat.", "-", []), _ => new Part("none", RemedyFamily.None, plan => plan) },
        };
        Adopt(catalogue, "weights", RemedyFamily.Weights, WeightScheme.Catalogue, (plan, scheme) => plan with { Weights = MeanOne(plan, scheme) }, "costs");
        catalogue.Add(WeightScheme.Catalogue.First(m => m.Name == "costs") with { Name = "weights:costs" },
            call => new Part(call.ToString(), RemedyFamily.Weights, CostWeights(call)));
        ParameterDefinition weight = ParameterDefinition.Number("weight", 0, 0, 1e12, "What a positive row weighs; 0 takes negatives / positives.")
            with
        { UnsaidAtDefault = true };
        catalogue.Add(
            new("positive-weight", "Weight negatives / positives on the positive class of a binary problem (pos_weight).",
                "King and Zeng (2001), Logistic regression in rare events data, eq. 10; PyTorch BCEWithLogitsLoss", [weight]),
            call => new Part(call.ToString(), RemedyFamily.Weights, plan =>
            {
                RequireBinary(plan, call.Method.Name);
                double[] weights = [1, 1];
                weights[plan.PositiveClass] = call["weight"] > 0 ? call["weight"] : PositiveWeight.Of(plan.Counts, plan.PositiveClass);
                return plan with { Weights = MeanOne(plan, WeightScheme.Manual(weights)) };
            }));
        catalogue.Add(
            new(NativeSwitch.ScalePositiveWeight,
                "The switch of boosting libraries: gradients of positive rows times negatives / positives, all others as they are. For learners without it, "
                + "positive-weight.",
                "Chen and Guestrin (2016), XGBoost; LightGBM, parameter scale_pos_weight", [weight]),
            Switch);
        catalogue.Add(
            new(NativeSwitch.IsUnbalance, "LightGBM's switch: gradients of the rarer class times the ratio of the two counts. For gbdt only.",
                "Ke et al. (2017), LightGBM; LightGBM, parameter is_unbalance", []), Switch);
        Adopt(catalogue, "sampler", RemedyFamily.Sampler, Sampler.Catalogue, (plan, sampler) => plan with { Sampler = sampler });
        foreach (MethodDefinition method in Loss.Catalogue)
            catalogue.Add(method with { Name = $"loss:{method.Name}" },
                call => new Part(call.ToString(), RemedyFamily.Loss, plan => plan with { Loss = call.ToString()["loss:".Length..] }));
        foreach (MethodDefinition method in BoostingObjective.Catalogue)
            if (!Loss.Catalogue.Contains(method.Name))
                catalogue.Add(method with { Name = $"loss:{method.Name}" },
                    call => new Part(call.ToString(), RemedyFamily.Loss, plan => plan with { Loss = BoostingLoss(call, plan) }));
        Adopt(catalogue, "resample", RemedyFamily.Resampling, Resampler.Catalogue, (plan, resampler) => plan with { Resampler = resampler });
        Adopt(catalogue, "ensemble", RemedyFamily.Ensemble, Ensemble.Catalogue, (plan, ensemble) =>
            Ensemble.Refuses(plan, ensemble.Name) is string reason ? throw new RemedyRefusedException(reason) : plan with { Ensemble = ensemble.Name });
        foreach (MethodDefinition method in Decision.Catalogue)
            if (method.Name != "argmax") catalogue.Add(method, call => new DecisionPart(Decision.Catalogue.Create(call.ToString())));
        return catalogue;
    }

    /// <summary>Makes a remedy of every method of another catalogue: one registration there is all a new method needs.</summary>
    private static void Adopt<T>(
        Catalogue<IRemedy> catalogue, string prefix, RemedyFamily family, Catalogue<T> methods, Func<TrainingPlan, T, TrainingPlan> apply,
        string? except = null)
    {
        foreach (MethodDefinition method in methods)
        {
            if (method.Name == except) continue;
            MethodDefinition adopted = method with { Name = $"{prefix}:{method.Name}" };
            catalogue.Add(adopted, call =>
            {
                T made = methods.Create(call.ToString()[(prefix.Length + 1)..]);
                return new Part(call.ToString(), family, plan => apply(plan, made));
            });
        }
    }

    private static Func<TrainingPlan, TrainingPlan> CostWeights(MethodCall call)
    {
        WeightScheme? stated = call.List.Count > 0 ? WeightScheme.Costs(call.List) : null;
        return plan => stated is null && plan.Costs is null
            ? throw new RemedyRefusedException("weights:costs needs the costs: give --costs, or write them as in weights:costs(2, 1).")
            : plan with { Weights = MeanOne(plan, stated ?? WeightScheme.Costs(CostPerClass(plan.Costs!))) };
    }

    /// <summary>One cost per class of a matrix: the sum over wrong decisions (Breiman and others, 1984, section 4.4; Ting, 2002).</summary>
    private static double[] CostPerClass(CostMatrix costs)
    {
        double[] sums = new double[costs.Classes];
        for (int truth = 0; truth < sums.Length; truth++)
            for (int predicted = 0; predicted < sums.Length; predicted++)
                if (predicted != truth) sums[truth] += costs[truth, predicted];
        return sums;
    }

    /// <summary>Training compares schemes at one learning rate, so every scheme gets the same mean row weight.</summary>
    private static ClassWeights MeanOne(TrainingPlan plan, WeightScheme scheme)
    {
        try
        {
            return ClassWeights.From(plan.Counts, scheme, new WeightOptions { Normalisation = Normalisation.MeanOne });
        }
        catch (ArgumentException wrong)
        {
            throw new RemedyRefusedException(wrong.Message, wrong);
        }
    }

    private static Part Switch(MethodCall call) => new(call.ToString(), RemedyFamily.Weights, plan =>
    {
        RequireBinary(plan, call.Method.Name);
        return plan with { Native = call.ToString() };
    });

    /// <summary>The name of a loss that trees alone have, with the user's costs written out.</summary>
    private static string BoostingLoss(MethodCall call, TrainingPlan plan)
    {
        string name = call.ToString()["loss:".Length..];
        if (call.Method.Name != "loss:cost-matrix") return name;
        int cells = plan.Counts.Classes * plan.Counts.Classes;
        if (call.List.Count > 0 && call.List.Count != cells)
            throw new RemedyRefusedException($"{call} has {call.List.Count} costs, and {plan.Counts.Classes} classes take {cells}: true class by predicted "
                + $"class, row by row.");
        if (call.List.Count > 0 || plan.Costs is null) return name;
        if (plan.Costs.AsSpan().ContainsAnyExceptInRange(0, double.MaxValue))
            throw new RemedyRefusedException("loss:cost-matrix takes costs of 0 or more; add a constant to each row of the matrix, which changes no decision.");
        return $"cost-matrix({string.Join(", ", plan.Costs.AsSpan().ToArray().Select(c => c.ToString("R", CultureInfo.InvariantCulture)))})";
    }

    private static void RequireBinary(TrainingPlan plan, string name)
    {
        if (plan.Counts.Classes != 2)
            throw new RemedyRefusedException($"{name} is for two classes, and there are {plan.Counts.Classes}; weights:balanced is its form for more.");
    }

    private sealed class Part(string name, RemedyFamily family, Func<TrainingPlan, TrainingPlan> apply) : IRemedy
    {
        public string Name => name;

        public RemedyFamily Family => family;

        public TrainingPlan Apply(TrainingPlan plan) => apply(plan);
    }
}
