namespace Counterweight;

public static partial class Resampler
{
    static partial void RegisterCombined(Catalogue<IResampler> catalogue)
    {
        ParameterDefinition[] over = TargetParameters(ResamplingKind.Over);
        catalogue.Add(
            new("smote-enn", "SMOTE, then every row that its nearest neighbours do not confirm goes.",
                "Batista, Prati and Monard, 2004, A study of the behavior of several methods for balancing machine learning training data, section 3",
                [Neighbours, ParameterDefinition.Integer("edit", 3, 1, int.MaxValue, "Nearest rows that must confirm a row."),
                    ParameterDefinition.Choice("kind", ["all", "mode"], "When they do: when all, or the most frequent class of them, are of its class."),
                    .. over])
            { TreatsCounts = true, UsesDistances = true, Prior = Made },
            call => new SmoteEnn(call.Integer("k"), call.Integer("edit"), call.Choice("kind") == "mode" ? NeighbourRule.Mode
                : NeighbourRule.All)
            { Strategy = StrategyOf(call, ResamplingKind.Over) });
        catalogue.Add(
            new("smote-tomek", "SMOTE, then both ends of every Tomek link go.",
                "Batista, Bazzan and Monard, 2003, Balancing Training Data for Automated Annotation of Keywords", [Neighbours, .. over])
            { TreatsCounts = true, UsesDistances = true, Prior = Made },
            call => new SmoteTomek(call.Integer("k")) { Strategy = StrategyOf(call, ResamplingKind.Over) });
    }
}
