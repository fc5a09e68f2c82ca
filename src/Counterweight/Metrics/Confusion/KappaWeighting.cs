namespace Counterweight;

/// <summary>How much a confusion of two classes counts in Cohen's kappa.</summary>
public enum KappaWeighting
{
    /// <summary>Every confusion counts the same.</summary>
    None,

    /// <summary>A confusion counts as far as the codes of the classes are apart.</summary>
    Linear,

    /// <summary>A confusion counts as the square of how far the codes of the classes are apart.</summary>
    Quadratic,
}
