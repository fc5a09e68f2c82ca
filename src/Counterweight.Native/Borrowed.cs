using System.Runtime.InteropServices;

namespace Counterweight;

/// <summary>Checks the pointers and sizes that a caller hands over, and makes memory of them.</summary>
internal static unsafe class Borrowed
{
    /// <summary>An array of the caller.</summary>
    /// <typeparam name="T">The type of an element.</typeparam>
    /// <param name="start">Where it begins; may be null where it is empty.</param>
    /// <param name="count">How many elements it has.</param>
    /// <param name="name">Its name in the header, for messages.</param>
    internal static Memory<T> Array<T>(T* start, long count, string name) where T : unmanaged
    {
        if (count < 0) throw new ArgumentException($"The size of {name} is {count}; a size is 0 or more.");
        if (count == 0) return Memory<T>.Empty;
        if (start == null) throw new ArgumentException($"{name} is null, but has {count} elements.");
        if (count > int.MaxValue)
            throw new ArgumentException($"{name} has {count} elements; at most {int.MaxValue} (2^31 - 1) fit in one call. Pass fewer rows or columns.");
        if ((nuint)start % (nuint)sizeof(T) != 0)
            throw new ArgumentException($"{name} begins at an address that is no multiple of {sizeof(T)}; pass an aligned array.");
        return new NativeRows<T>(start, (int)count).Memory;
    }

    /// <summary>The same where null stands for nothing.</summary>
    internal static Memory<T> Optional<T>(T* start, long count, string name) where T : unmanaged =>
        start == null ? Memory<T>.Empty : Array(start, count, name);

    /// <summary>A place for one value.</summary>
    internal static void Place<T>(T* place, string name) where T : unmanaged
    {
        if (place == null) throw new ArgumentException($"{name} is null; it must point to where the result goes.");
        if ((nuint)place % (nuint)sizeof(T) != 0)
            throw new ArgumentException($"{name} is an address that is no multiple of {sizeof(T)}.");
    }

    /// <summary>A text, UTF-8 and ended by a zero.</summary>
    internal static string Text(byte* text, string name) =>
        text == null ? throw new ArgumentException($"{name} is null; it must be a text.") : Marshal.PtrToStringUTF8((nint)text)!;

    /// <summary>The product of two sizes, refused where it is more than an array holds.</summary>
    internal static long Times(long rows, long columns, string name)
    {
        if (rows < 0 || columns < 0) throw new ArgumentException($"The size of {name} is {rows} x {columns}; a size is 0 or more.");
        Int128 all = (Int128)rows * columns;
        return all <= int.MaxValue
            ? (long)all
            : throw new ArgumentException($"{name} has {rows} x {columns} elements; at most {int.MaxValue} (2^31 - 1) fit in one call. Pass fewer rows or "
                + "columns.");
    }

    /// <summary>A number of classes.</summary>
    internal static int Classes(long classes) => classes is >= 1 and <= 1 << 24
        ? (int)classes
        : throw new ArgumentException($"There are {classes} classes; 1 to {1 << 24} are accepted.");
}
