namespace Counterweight;

/// <summary>What a function of the C interface returns; the numbers are those of <c>counterweight.h</c>.</summary>
internal static class Status
{
    /// <summary>Done.</summary>
    internal const int Ok = 0;

    /// <summary>An argument cannot be accepted: a size, a name, a parameter, a null or misaligned pointer, a handle that is none.</summary>
    internal const int BadArgument = 1;

    /// <summary>The rows cannot be used.</summary>
    internal const int BadData = 2;

    /// <summary>There is not enough memory.</summary>
    internal const int NoMemory = 3;

    /// <summary>A fault of the library.</summary>
    internal const int Fault = 4;
}
