namespace Counterweight;

/// <summary>What a resampler does to the class counts, which decides how a <see cref="SamplingStrategy"/> is read.</summary>
public enum ResamplingKind
{
    /// <summary>Rows are added until each targeted class has the number of rows asked for.</summary>
    Over,

    /// <summary>Rows are taken away until each targeted class has the number of rows asked for.</summary>
    Under,

    /// <summary>Rows of the targeted classes are taken away by a rule; how many, the data decide.</summary>
    Cleaning,
}
