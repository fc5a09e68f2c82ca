using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Counterweight;

/// <summary>Points between two rows, and the codes that a point between rows takes.</summary>
internal static class Segments
{
    /// <summary>Writes a + step (b - a); where a and b agree the result is exactly theirs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Interpolate<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, T step, Span<T> target) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector<T>.Count;
        if (target.Length < width)
        {
            for (int j = 0; j < target.Length; j++) target[j] = a[j] + (step * (b[j] - a[j]));
            return;
        }

        ref T from = ref MemoryMarshal.GetReference(a), to = ref MemoryMarshal.GetReference(b), result = ref MemoryMarshal.GetReference(target);
        var factor = new Vector<T>(step);
        for (int j = 0; j < target.Length; j += width)
        {
            // The last vector overlaps the one before it.
            nuint at = (nuint)Math.Min(j, target.Length - width);
            Vector<T> x = Vector.LoadUnsafe(ref from, at), y = Vector.LoadUnsafe(ref to, at);
            (x + (factor * (y - x))).StoreUnsafe(ref result, at);
        }
    }

    /// <summary>Gives each categorical column the code that most voters have; of several, one at random.</summary>
    internal static void Vote<T>(ReadOnlySpan<T> values, int columns, int[] categorical, ReadOnlySpan<int> voters, Span<T> target, ref SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (int column in categorical)
        {
            int best = 0, ties = 0;
            T winner = T.Zero;
            for (int i = 0; i < voters.Length; i++)
            {
                T code = values[voters[i] * columns + column];
                int votes = 1;
                bool seen = false;
                for (int j = 0; j < i && !seen; j++) seen = values[voters[j] * columns + column] == code;
                if (seen) continue;
                for (int j = i + 1; j < voters.Length; j++)
                    if (values[voters[j] * columns + column] == code) votes++;
                if (votes < best) continue;
                ties = votes > best ? 1 : ties + 1;
                if (ties == 1 || random.NextInt32(ties) == 0) winner = code;
                best = votes;
            }

            target[column] = winner;
        }
    }
}
