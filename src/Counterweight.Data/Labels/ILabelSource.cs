namespace Counterweight.Data;

/// <summary>A kind of data in which labels are counted: a table, a folder per class, masks, boxes, tokens.</summary>
/// <remarks>A further kind is one class, and one line in <see cref="LabelSources"/>.</remarks>
public interface ILabelSource
{
    /// <summary>The name of the kind: <c>masks</c>.</summary>
    string Kind { get; }

    /// <summary>What is counted, in a few words.</summary>
    string Description { get; }

    /// <summary>Whether a path looks like this kind by its content; only its beginning is read.</summary>
    /// <param name="place">A file or a folder.</param>
    /// <param name="options">What the user said of it.</param>
    bool Recognises(LabelPlace place, LabelSourceOptions options);

    /// <summary>Counts the labels.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <param name="options">What to count.</param>
    /// <param name="cancellation">Stops the counting.</param>
    /// <exception cref="UnusableDataException">Something in the data cannot be used; the message names the file, the place in it and what to do.</exception>
    LabelTally Count(string path, LabelSourceOptions options, CancellationToken cancellation = default);
}
