namespace Counterweight.Testing;

/// <summary>A method does not do what every method of its kind has to do; the message says what, and on which data.</summary>
/// <param name="message">What was found, and what is asked for.</param>
/// <param name="inner">What the method threw, if it did.</param>
public sealed class CheckFailedException(string message, Exception? inner = null) : Exception(message, inner);
