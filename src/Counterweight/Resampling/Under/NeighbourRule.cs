namespace Counterweight;

/// <summary>When a row agrees with its nearest neighbours.</summary>
public enum NeighbourRule
{
    /// <summary>When all of them are of its class.</summary>
    All,

    /// <summary>When its class is the most frequent among them; of equally frequent classes the first counts.</summary>
    Mode,
}
