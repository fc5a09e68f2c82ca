namespace Counterweight;

/// <summary>A row on its way through the sort: an order-preserving key whose lowest bit says whether the row is positive.</summary>
internal interface IScoreItem<TSelf>
    where TSelf : unmanaged, IScoreItem<TSelf>
{
    ulong Key { get; }

    double Weight { get; }

    static abstract bool IsWeighted { get; }

    static abstract TSelf Create(ulong key, double weight);
}

/// <summary>A row that counts once.</summary>
internal readonly struct PlainItem(ulong key) : IScoreItem<PlainItem>
{
    public ulong Key { get; } = key;

    public double Weight => 1;

    public static bool IsWeighted => false;

    public static PlainItem Create(ulong key, double weight) => new(key);
}

/// <summary>A row with a weight.</summary>
internal readonly struct WeightedItem(ulong key, double weight) : IScoreItem<WeightedItem>
{
    public ulong Key { get; } = key;

    public double Weight { get; } = weight;

    public static bool IsWeighted => true;

    public static WeightedItem Create(ulong key, double weight) => new(key, weight);
}
