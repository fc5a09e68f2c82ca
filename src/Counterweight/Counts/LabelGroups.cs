namespace Counterweight;

/// <summary>Where labels come in groups, such as the pixels of an image: what they are, how many groups there are, and how many have each class.</summary>
/// <param name="Unit">What is counted, and what a batch is made of.</param>
/// <param name="Count">How many groups there are: images, sentences.</param>
/// <param name="OfClass">How many of them have each class, in the order of the classes.</param>
public sealed record LabelGroups(LabelUnit Unit, long Count, IReadOnlyList<long> OfClass);
