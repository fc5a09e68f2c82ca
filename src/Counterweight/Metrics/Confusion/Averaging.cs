namespace Counterweight;

/// <summary>How the values of several classes become one.</summary>
public enum Averaging
{
    /// <summary>The mean over the classes that occur in the truth.</summary>
    Macro,

    /// <summary>The mean over the classes that occur in the truth, weighted by their number (or summed weight) of rows.</summary>
    Weighted,

    /// <summary>One value over all (row, class) pairs together.</summary>
    Micro,
}
