namespace Counterweight.Tests;

public class RadixSortTests
{
    public static TheoryData<int, bool> Sizes => new() { { 0, false }, { 1, true }, { 100, false }, { 2049, true }, { 200_000, false }, { 200_001, true } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Sorts_stably_and_alike_on_any_number_of_threads(int n, bool ties)
    {
        var random = new SeededRandom(n);
        double[] numbers = new double[n];
        for (int i = 0; i < n; i++)
            numbers[i] = ties ? random.NextInt32(50) - 25 : BitConverter.UInt64BitsToDouble(random.NextUInt64()) is var any && double.IsNaN(any) ? double.NegativeInfinity : any;
        int[] order = [.. Enumerable.Range(0, n).OrderBy(i => numbers[i])];
        foreach (int threads in new[] { 1, 2, 5 })
        {
            ulong[] keys = Array.ConvertAll(numbers, RadixSort.Key), alone = [.. keys];
            int[] rows = [.. Enumerable.Range(0, n)];
            RadixSort.Sort(keys, rows, threads);
            RadixSort.Sort(alone, threads);
            Assert.Equal(order, rows);
            Assert.Equal(order.Select(i => numbers[i]), keys.Select(RadixSort.Value));
            Assert.Equal(keys, alone);
        }
    }

    [Fact]
    public void Zeros_of_both_signs_are_one_key() => Assert.Equal(RadixSort.Key(0.0), RadixSort.Key(-0.0));
}
