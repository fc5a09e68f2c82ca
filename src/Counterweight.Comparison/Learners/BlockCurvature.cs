using System.Numerics.Tensors;

namespace Counterweight.Comparison;

/// <summary>Symmetric positive blocks along a diagonal, and the solution of equations with them (Cholesky; Golub and Van Loan, 2013, algorithm
/// 4.2.2).</summary>
internal sealed class BlockCurvature(int blocks, int size)
{
    private readonly double[] values = new double[checked(blocks * size * size)];

    /// <summary>The lower triangle of a block, row-major, to be filled before <see cref="Factorise"/>.</summary>
    internal Span<double> Block(int block) => values.AsSpan(block * size * size, size * size);

    /// <summary>Scales all blocks, adds a penalty to all diagonal values but the last of each block, and factorises.</summary>
    internal void Factorise(double scale, double penalty)
    {
        for (int b = 0; b < blocks; b++)
        {
            Span<double> block = Block(b);
            double most = 0;
            for (int i = 0; i < size; i++)
            {
                Span<double> row = block.Slice(i * size, i + 1);
                TensorPrimitives.Multiply(row, scale, row);
                if (i < size - 1) row[i] += penalty;
                most = Math.Max(most, row[i]);
            }

            // A direction without curvature, as of a class of no rows, is given a little.
            double least = 1e-9 * most + 1e-12;
            for (int i = 0; i < size; i++)
            {
                Span<double> row = block.Slice(i * size, i + 1);
                for (int j = 0; j < i; j++) row[j] = (row[j] - TensorPrimitives.Dot<double>(row[..j], block.Slice(j * size, j))) / block[(j * size) + j];
                row[i] = Math.Sqrt(Math.Max(row[i] - TensorPrimitives.SumOfSquares<double>(row[..i]), least));
            }
        }
    }

    /// <summary>Solves in place: the right side becomes the solution.</summary>
    internal void Solve(Span<double> side)
    {
        for (int b = 0; b < blocks; b++)
        {
            ReadOnlySpan<double> block = Block(b);
            Span<double> x = side.Slice(b * size, size);
            for (int i = 0; i < size; i++) x[i] = (x[i] - TensorPrimitives.Dot(block.Slice(i * size, i), x[..i])) / block[(i * size) + i];
            for (int i = size - 1; i >= 0; i--)
            {
                x[i] /= block[(i * size) + i];
                TensorPrimitives.MultiplyAdd(block.Slice(i * size, i), -x[i], x[..i], x[..i]);
            }
        }
    }
}
