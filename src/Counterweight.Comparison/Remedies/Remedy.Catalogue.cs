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
        catalogue.Include("weights:", WeightScheme.Catalogue, WeightsOf);
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
            new("scale-pos-weight",
                "The switch of boosting libraries: gradients of positive rows times negatives / positives, all others as they are. For learners without it, "
                + "positive-weight.",
                "Chen and Guestrin (2016), XGBoost; LightGBM, parameter scale_pos_weight", [weight]),
            call => Switch(call, new NativeSwitch(call, NativeSwitchKind.ScalePositiveWeight, call["weight"])));
        catalogue.Add(
            new("is-unbalance", "LightGBM's switch: gradients of the rarer class times the ratio of the two counts. For gbdt only.",
                "Ke et al. (2017), LightGBM; LightGBM, parameter is_unbalance", []),
            call => Switch(call, new NativeSwitch(call, NativeSwitchKind.IsUnbalance)));
        catalogue.Include("sampler:", Sampler.Catalogue, (call, own) =>
        {
            var sampler = new Planned<SamplerFactory>(own, Sampler.Catalogue.Create(own));
            return new Part(call.ToString(), RemedyFamily.Sampler, plan => plan with { Sampler = sampler });
        });
        catalogue.Include("loss:", Loss.Catalogue, LossOf);
        catalogue.Include("loss:", BoostingObjective.Catalogue, LossOf, except: m => Loss.Catalogue.Contains(m.Name));
        catalogue.Include("resample:", Resampler.Catalogue, (call, own) =>
        {
            var resampler = new Planned<IResampler>(own, Resampler.Catalogue.Create(own));
            return new Part(call.ToString(), RemedyFamily.Resampling, plan => plan with { Resampler = resampler });
        });
        catalogue.Include("ensemble:", Ensemble.Catalogue, (call, own) =>
        {
            var ensemble = new Planned<IEnsemble>(own, Ensemble.Catalogue.Create(own));
            return new Part(call.ToString(), RemedyFamily.Ensemble, plan =>
                Ensemble.Refuses(plan, ensemble.Name) is string reason ? throw new RemedyRefusedException(reason) : plan with { Ensemble = ensemble });
        });
        catalogue.Include("", Decision.Catalogue, (_, own) => new DecisionPart(Decision.Catalogue.Create(own)), except: m => m.Name == "argmax");
        return catalogue;
    }

    private static Part WeightsOf(MethodCall call, MethodCall own)
    {
        if (own.Method.NeedsCosts) return new Part(call.ToString(), RemedyFamily.Weights, CostWeights(call, own));
        WeightScheme scheme = WeightScheme.Catalogue.Create(own);
        return new Part(call.ToString(), RemedyFamily.Weights, plan => plan with { Weights = MeanOne(plan, scheme) });
    }

    private static Part LossOf(MethodCall call, MethodCall own)
    {
        var loss = new PlannedLoss(own);
        return new Part(call.ToString(), RemedyFamily.Loss, plan => plan with { Loss = own.Method.NeedsCosts ? WithCosts(call, own, plan) ?? loss : loss });
    }

    private static Func<TrainingPlan, TrainingPlan> CostWeights(MethodCall call, MethodCall own)
    {
        WeightScheme? stated = own.List.Count > 0 ? WeightScheme.Catalogue.Create(own) : null;
        return plan => stated is null && plan.Costs is null
            ? throw new RemedyRefusedException($"{call.Method.Name} needs the costs: give --costs, or write them as in {call.Method.Name}(2, 1).")
            : plan with { Weights = MeanOne(plan, stated ?? WeightScheme.Catalogue.Create(own.With(CostPerClass(plan.Costs!)))) };
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

    private static Part Switch(MethodCall call, NativeSwitch made) => new(call.ToString(), RemedyFamily.Weights, plan =>
    {
        RequireBinary(plan, call.Method.Name);
        return plan with { Native = made };
    });

    /// <summary>A loss about costs with the user's costs of the plan; null where its own stand.</summary>
    private static PlannedLoss? WithCosts(MethodCall call, MethodCall own, TrainingPlan plan)
    {
        int cells = plan.Counts.Classes * plan.Counts.Classes;
        if (own.List.Count > 0 && own.List.Count != cells)
            throw new RemedyRefusedException($"{call} has {own.List.Count} costs, and {plan.Counts.Classes} classes take {cells}: true class by predicted "
                + $"class, row by row.");
        if (own.List.Count > 0 || plan.Costs is null) return null;
        if (plan.Costs.AsSpan().ContainsAnyExceptInRange(0, double.MaxValue))
            throw new RemedyRefusedException($"{call.Method.Name} takes costs of 0 or more; add a constant to each row of the matrix, which changes no "
                + $"decision.");
        return new PlannedLoss(own.With(plan.Costs.AsSpan().ToArray()));
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
