namespace Counterweight.Data;

/// <summary>The classes that one image has.</summary>
/// <param name="Name">The image: its path below the folder, or its name in the file.</param>
/// <param name="Classes">The codes of its classes, ascending.</param>
public sealed record ImageClasses(string Name, IReadOnlyList<int> Classes);

/// <summary>What a label source counted.</summary>
/// <param name="Source">What was counted: a path.</param>
/// <param name="Kind">The kind of source.</param>
/// <param name="Unit">What was counted.</param>
/// <param name="Counts">The classes, and how many units each has. For several labels a row: the positives of each label.</param>
public sealed record LabelTally(string Source, string Kind, LabelUnit Unit, ClassCounts Counts)
{
    /// <summary>The label column of a table; null for other sources.</summary>
    public string? Target { get; init; }

    /// <summary>How many images (or sentences) have each class, where the unit is smaller; null otherwise.</summary>
    public LabelGroups? Groups { get; init; }

    /// <summary>For several labels a row: how many rows carry each; null otherwise.</summary>
    public MultiLabelCounts? MultiLabel { get; init; }

    /// <summary>The classes of each image if <see cref="LabelSourceOptions.KeepImages"/> asks for them; null otherwise.</summary>
    public IReadOnlyList<ImageClasses>? Images { get; init; }

    /// <summary>What a person should know of the counting: what was left out, what looks odd.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
