namespace Counterweight.Data;

/// <summary>How the tags of tokens become classes.</summary>
public enum TagScheme
{
    /// <summary>A tag is a class as it stands.</summary>
    None,

    /// <summary>The prefixes <c>B-</c> and <c>I-</c> (and <c>E-</c>, <c>S-</c>, <c>L-</c>, <c>U-</c> of their relatives) are left out: the class is the
    /// type.</summary>
    Bio,
}

/// <summary>What to count in a label source. A source takes what concerns it.</summary>
public sealed record LabelSourceOptions
{
    /// <summary>Tables: the label column, by name or by 0-based index; several columns of 0 and 1 for several labels a row.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>Tables: what separates the labels of one cell; null where a cell is one label.</summary>
    public string? Separator { get; init; }

    /// <summary>Tables: what else to know about the file.</summary>
    public DatasetOptions Table { get; init; } = new();

    /// <summary>Masks: the values that count nowhere, such as 255 for void.</summary>
    public IReadOnlyList<int> Ignore { get; init; } = [];

    /// <summary>Masks and YOLO: how many classes there are, 0 to N-1; null for those that are found or named.</summary>
    public int? Classes { get; init; }

    /// <summary>Masks of colours: a file with a line per class, its colour and its name.</summary>
    public string? Colours { get; init; }

    /// <summary>Tokens: the column of the tag, counted from 0; null for the last.</summary>
    public int? Column { get; init; }

    /// <summary>Tokens: how tags become classes.</summary>
    public TagScheme Tags { get; init; }

    /// <summary>YOLO: which part of data.yaml to count: train, val, test, or all.</summary>
    public string Split { get; init; } = "train";

    /// <summary>Whether to keep which classes each image has, for repeat factors.</summary>
    public bool KeepImages { get; init; }

    /// <summary>The most threads; 0 means every processor. The result does not depend on it.</summary>
    public int Threads { get; init; }
}
