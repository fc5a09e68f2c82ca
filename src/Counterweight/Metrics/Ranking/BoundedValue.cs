namespace Counterweight;

/// <summary>A value known up to a stated error.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Low">The true value is not below this.</param>
/// <param name="High">The true value is not above this.</param>
public readonly record struct BoundedValue(double Value, double Low, double High);
