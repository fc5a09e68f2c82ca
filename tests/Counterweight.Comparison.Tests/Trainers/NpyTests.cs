using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Comparison.Tests;

public class NpyTests
{
    [Fact]
    public void WhatIsWrittenIsReadBack() => Gen.Double[-1e9, 1e9].Array[0, 60].Select(Gen.Int[1, 4]).Sample((values, columns) =>
    {
        using var files = new TempFiles();
        values = values[..(values.Length / columns * columns)];
        Npy.Write(files["a.npy"], values, values.Length / columns, columns);
        NpyArray read = Npy.Read(files["a.npy"]);
        Assert.Equal([values.Length / columns, columns], read.Shape);
        Assert.Equal(values, read.Values);
    }, iter: 50);

    [Fact]
    public void TheHeaderIsThatOfNumpyAndTheDataAreAligned()
    {
        using var files = new TempFiles();
        Npy.Write(files["a.npy"], (ReadOnlySpan<int>)[3, 1, 2]);
        byte[] bytes = File.ReadAllBytes(files["a.npy"]);
        int header = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        Assert.Equal(0, (10 + header) % 64);
        Assert.StartsWith("{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }", Encoding.ASCII.GetString(bytes, 10, header), StringComparison.Ordinal);
        Assert.Equal(10 + header + 24, bytes.Length);
        Assert.Equal([3.0, 1, 2], Npy.Read(files["a.npy"]).Values);
    }

    [Theory]
    [InlineData(1, "<f8", false)]
    [InlineData(2, ">f8", false)]
    [InlineData(3, "<f4", false)]
    [InlineData(1, ">f4", true)]
    [InlineData(1, "<f2", false)]
    [InlineData(1, ">f2", false)]
    [InlineData(1, "<i4", true)]
    [InlineData(1, ">i8", false)]
    [InlineData(1, "|u1", true)]
    [InlineData(1, "<i2", false)]
    public void EveryVersionTypeByteOrderAndArrayOrderIsRead(int version, string type, bool fortran)
    {
        using var files = new TempFiles();
        double[] rows = [1, 2, 3, 4, 5, 6];
        double[] stored = fortran ? [1, 4, 2, 5, 3, 6] : rows;
        string path = files.Write("a.npy", Make(version, type, fortran, "(2, 3)", stored));
        NpyArray read = Npy.Read(path);
        Assert.Equal([2, 3], read.Shape);
        Assert.Equal(rows, read.Values);
    }

    [Theory]
    [InlineData("<c16", "(1,)")]
    [InlineData("|O", "(1,)")]
    [InlineData("<U5", "(1,)")]
    [InlineData("|S1", "(1,)")]
    public void WhatIsNoNumberIsRefused(string type, string shape)
    {
        using var files = new TempFiles();
        string path = files.Write("a.npy", Make(1, type, false, shape, [1, 2]));
        Assert.Contains(type, Assert.Throws<FormatException>(() => Npy.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileCutOffAnywhereIsHalfWritten()
    {
        using var files = new TempFiles();
        Npy.Write(files["a.npy"], (ReadOnlySpan<double>)[1, 2, 3], 3);
        byte[] whole = File.ReadAllBytes(files["a.npy"]);
        for (int length = 6; length < whole.Length; length++)
        {
            string path = files.Write("b.npy", whole[..length]);
            Assert.Contains("half written", Assert.Throws<FormatException>(() => Npy.Read(path)).Message, StringComparison.Ordinal);
        }
    }

    private static byte[] Make(int version, string type, bool fortran, string shape, double[] values)
    {
        string text = $"{{'descr': '{type}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}\n";
        var bytes = new List<byte> { 0x93 };
        bytes.AddRange(Encoding.ASCII.GetBytes("NUMPY"));
        bytes.AddRange([(byte)version, 0]);
        byte[] size = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, text.Length);
        bytes.AddRange(version == 1 ? size[..2] : size);
        bytes.AddRange(Encoding.ASCII.GetBytes(text));
        foreach (double value in values)
        {
            byte[] cell = type[1..] switch
            {
                "f2" => BitConverter.GetBytes((Half)value),
                "f4" => BitConverter.GetBytes((float)value),
                "i2" => BitConverter.GetBytes((short)value),
                "i4" => BitConverter.GetBytes((int)value),
                "i8" => BitConverter.GetBytes((long)value),
                "u1" => [(byte)value],
                _ => BitConverter.GetBytes(value),
            };
            bytes.AddRange(type[0] == '>' ? cell.Reverse() : cell);
        }

        return [.. bytes];
    }
}
