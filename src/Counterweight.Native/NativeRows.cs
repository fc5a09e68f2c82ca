using System.Buffers;

namespace Counterweight;

/// <summary>An array of the caller as memory, read and written where it lies.</summary>
internal sealed unsafe class NativeRows<T>(T* start, int length) : MemoryManager<T> where T : unmanaged
{
    private readonly T* start = start;

    /// <inheritdoc/>
    public override Span<T> GetSpan() => new(start, length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    /// <inheritdoc/>
    public override void Unpin() { }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) { }
}
