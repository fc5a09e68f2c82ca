using System.Collections.Concurrent;

namespace Counterweight;

/// <summary>The objects that callers hold by a number. Numbers are never used twice, so that one that was freed is known to be none.</summary>
internal static class Handles
{
    private static readonly ConcurrentDictionary<long, object> Live = new(concurrencyLevel: 1, capacity: 31);

    private static long last;

    /// <summary>Keeps an object until it is freed.</summary>
    internal static long Add(object value)
    {
        long handle = Interlocked.Increment(ref last);
        Live[handle] = value;
        return handle;
    }

    /// <summary>The object of a handle.</summary>
    internal static T Get<T>(long handle, string what) where T : class =>
        Live.TryGetValue(handle, out object? value)
            ? value as T ?? throw new ArgumentException($"The handle {handle} is not {what}.")
            : throw new ArgumentException($"There is no handle {handle}: it was freed or never made.");

    /// <summary>Lets an object go; 0 stands for none.</summary>
    internal static void Free(long handle)
    {
        if (handle != 0 && !Live.TryRemove(handle, out _)) throw new ArgumentException($"There is no handle {handle}: it was freed or never made.");
    }
}
