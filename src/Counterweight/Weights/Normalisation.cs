namespace Counterweight;

/// <summary>How class weights are scaled after the scheme gave them; the ratios between classes stay.</summary>
/// <remarks>
/// A loss that divides by the summed weights (<c>WeightedMean</c>) does not see the scale. A sum, a mean over rows, and every
/// binary cross entropy do: there a scale of s acts as a learning rate of s times the old one.
/// </remarks>
public enum Normalisation
{
    /// <summary>The weights as the scheme gives them.</summary>
    None,

    /// <summary>The weights of the classes sum to one.</summary>
    SumOne,

    /// <summary>The weights of the classes sum to K, the number of classes.</summary>
    SumClasses,

    /// <summary>The mean weight over the rows, sum(w_c n_c) / N, is one: the loss keeps its scale.</summary>
    MeanOne,

    /// <summary>The smallest weight is one.</summary>
    MinOne,

    /// <summary>The largest weight is one.</summary>
    MaxOne,
}

/// <summary>The names of normalisations on the command line and in files.</summary>
public static class NormalisationNames
{
    private static readonly string[] Names = ["none", "sum-one", "sum-classes", "mean-one", "min-one", "max-one"];

    /// <summary>All names, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary>The name of a normalisation: <c>mean-one</c>.</summary>
    /// <param name="normalisation">The normalisation.</param>
    public static string Name(this Normalisation normalisation) => Names[(int)normalisation];

    /// <summary>Reads a name.</summary>
    /// <param name="name">A name such as <c>mean-one</c>.</param>
    /// <exception cref="FormatException">The name is unknown; the message names the nearest.</exception>
    public static Normalisation Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int index = Array.FindIndex(Names, n => string.Equals(n, name.Trim(), StringComparison.OrdinalIgnoreCase));
        return index >= 0 ? (Normalisation)index : throw new FormatException($"There is no normalisation '{name}'. {NearestName.Hint(name, Names)}");
    }
}
