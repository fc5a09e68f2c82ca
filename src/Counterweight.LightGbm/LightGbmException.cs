namespace Counterweight.LightGbm;

/// <summary>Thrown when the native LightGBM library reports an error or cannot be loaded; the message is LightGBM's own.</summary>
/// <remarks>
/// Wrong arguments are found before the native call and reported by <see cref="ArgumentException"/> and its relatives, unusable rows or damaged model files by
/// <see cref="UnusableDataException"/>. What is left is here. LightGBM also writes such a message to standard error (never to standard output); a caller
/// cannot turn that off.
/// </remarks>
public sealed class LightGbmException : Exception
{
    /// <summary>Creates an exception without a message of LightGBM's.</summary>
    public LightGbmException() : this("LightGBM reported an error.") { }

    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">LightGBM's own message.</param>
    public LightGbmException(string message) : base(message) { }

    /// <summary>Creates an exception with a message and its cause.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public LightGbmException(string message, Exception? innerException) : base(message, innerException) { }
}
