namespace Counterweight.Report;

/// <summary>A class with its rows.</summary>
/// <param name="Label">The label.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="Share">Its share of all rows.</param>
/// <param name="Images">How many images have it, where what is counted is smaller than an image.</param>
/// <param name="PixelsOfImages">For masks: all pixels of these images.</param>
public sealed record ClassEntry(string Label, long Count, double Share, long? Images = null, long? PixelsOfImages = null);
