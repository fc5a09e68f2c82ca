namespace Counterweight;

/// <summary>What is counted: the thing that carries one label.</summary>
/// <param name="Name">The unit's name, its plural: <c>pixels</c>.</param>
/// <param name="Singular">One of them: <c>pixel</c>.</param>
/// <param name="Group">What a batch is made of where that is larger than the unit: <c>images</c>; null where a batch is made of the units themselves.</param>
/// <param name="GroupSingular">One such: <c>image</c>.</param>
public sealed record LabelUnit(string Name, string Singular, string? Group = null, string? GroupSingular = null)
{
    /// <summary>Rows of a table.</summary>
    public static LabelUnit Rows { get; } = new("rows", "row");

    /// <summary>Images, each of one class.</summary>
    public static LabelUnit Images { get; } = new("images", "image");

    /// <summary>Pixels of label images.</summary>
    public static LabelUnit Pixels { get; } = new("pixels", "pixel", "images", "image");

    /// <summary>Boxes, or other marked objects, in images.</summary>
    public static LabelUnit Boxes { get; } = new("boxes", "box", "images", "image");

    /// <summary>Tokens of sentences.</summary>
    public static LabelUnit Tokens { get; } = new("tokens", "token", "sentences", "sentence");
}
