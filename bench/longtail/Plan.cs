using Counterweight.Torch;

namespace Counterweight.LongTail;

/// <summary>What is trained, the most telling first.</summary>
internal static class Plan
{
    internal const int Seeds = 3;

    /// <summary>The five that are trained at every ratio, and in the peer.</summary>
    internal static readonly string[] Main = ["loss:cross-entropy", "loss:class-balanced", "loss:ldam-drw", "loss:logit-adjusted", "loss:focal"];

    /// <summary>The losses of the catalogue that are for another kind of data, and why.</summary>
    internal static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["asymmetric"] = "for rows with several labels: it forgets easy zeros, of which a row with one label has K - 1",
        ["distribution-balanced"] = "for rows with several labels: it weighs labels by how they come together",
        ["tversky"] = "for segmentation: it measures the overlap of regions within a picture",
        ["focal-tversky"] = "for segmentation, as `tversky`",
        ["dice"] = "for segmentation, as `tversky`",
        ["smooth-ap"] = "a ranking of rows within a class, not a choice among classes",
        ["partial-auc"] = "a ranking, as `smooth-ap`",
        ["recall-at-quantile"] = "a ranking, as `smooth-ap`",
    };

    /// <summary>Every other method: the losses of the catalogue for one label among many, then the recipes.</summary>
    internal static readonly string[] Others =
    [
        .. Loss.Catalogue.Where(m => !Elsewhere.ContainsKey(m.Name) && !Main.Contains("loss:" + m.Name)).Select(m => "loss:" + m.Name), .. Trainer.Recipes,
    ];

    internal static IReadOnlyList<Training> All { get; } =
    [
        .. Of(Profile.Exponential, 100, Main), .. Of(Profile.Exponential, 100, Others), .. Of(Profile.Exponential, 10, Main),
        .. Of(Profile.Exponential, 50, Main),
        .. Of(Profile.Step, 100, Main), .. Of(Profile.Step, 10, Main), .. Of(Profile.Step, 50, Main), .. Of(Profile.Step, 100, Others),
    ];

    private static IEnumerable<Training> Of(Profile profile, int ratio, string[] methods) =>
        Enumerable.Range(0, Seeds).SelectMany(seed => methods.Select(method => new Training(profile, ratio, method, seed)));
}
