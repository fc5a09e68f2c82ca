using System.Buffers.Binary;
using System.Text;

namespace Counterweight.Torch;

/// <summary>
/// The symbol versions which a 64-bit little-endian ELF file asks of other libraries and defines itself, found as the dynamic loader
/// finds them: through the program headers and the dynamic table, so that stripped section headers do not matter.
/// </summary>
/// <remarks>Layouts: System V ABI, "Object Files"; symbol versioning: Drepper, "ELF Symbol Versioning", and the Linux Standard Base, 10.7.</remarks>
internal sealed class ElfVersions
{
    /// <summary>VER_FLG_WEAK: a missing version is no reason to refuse the file.</summary>
    private const ushort Weak = 2;

    private const long StringTable = 5, SymbolTable = 6, Relocations = 7, RelocationsSize = 8, StringTableSize = 10, PltRelocationsSize = 2,
        PltRelocations = 23,
        SymbolVersions = 0x6ffffff0, Definitions = 0x6ffffffc, DefinitionCount = 0x6ffffffd, Needs = 0x6ffffffe, NeedCount = 0x6fffffff;

    private readonly byte[] image;
    private readonly string name;
    private readonly List<(ulong Address, ulong Size, ulong Offset)> segments = [];
    private readonly Dictionary<long, ulong> dynamic = [];

    /// <summary>Reads the dynamic table.</summary>
    /// <param name="image">The bytes of the file.</param>
    /// <param name="name">The name of the file, for messages.</param>
    /// <exception cref="BadImageFormatException">The bytes are no ELF file of this kind, or they point outside themselves.</exception>
    public ElfVersions(byte[] image, string name)
    {
        (this.image, this.name) = (image, name);
        if (image.Length < 64 || !image.AsSpan(0, 4).SequenceEqual("\u007fELF"u8)) throw Bad("it does not start as an ELF file does");
        if (image[4] != 2 || image[5] != 1) throw Bad("it is not a 64-bit little-endian ELF file");
        ulong headers = U64(32);
        int size = U16(54), count = U16(56);
        if (size < 56) throw Bad("its program headers are too small");
        (ulong Offset, ulong Size) table = default;
        for (int i = 0; i < count; i++)
        {
            ulong at = headers + (ulong)(i * size);
            (uint type, ulong offset, ulong address, ulong length) = (U32(at), U64(at + 8), U64(at + 16), U64(at + 32));
            if (type == 1) segments.Add((address, length, offset));
            if (type == 2) table = (offset, length);
        }

        if (table.Size == 0) throw Bad("it has no dynamic table, so it is not a shared library");
        for (ulong at = table.Offset; at + 16 <= table.Offset + table.Size; at += 16)
        {
            long tag = (long)U64(at);
            if (tag == 0) break;
            dynamic.TryAdd(tag, U64(at + 8));
        }
    }

    /// <summary>A version that the file asks of a library.</summary>
    /// <param name="Library">The library's name: <c>libstdc++.so.6</c>.</param>
    /// <param name="Version">The version's name: <c>GLIBCXX_3.4.32</c>.</param>
    /// <param name="Index">The index by which symbols refer to the version.</param>
    /// <param name="FlagsOffset">Where in the file the entry's flags are.</param>
    public readonly record struct Need(string Library, string Version, int Index, long FlagsOffset);

    /// <summary>The versions that the file asks for and insists on.</summary>
    public IReadOnlyList<Need> Needed()
    {
        List<Need> needs = [];
        if (!dynamic.TryGetValue(Needs, out ulong address)) return needs;
        ulong at = FileOffset(address);
        for (ulong i = dynamic.GetValueOrDefault(NeedCount); i > 0; i--)
        {
            string library = Text(U32(at + 4));
            ulong aux = at + U32(at + 8);
            for (int j = U16(at + 2); j > 0; j--)
            {
                if ((U16(aux + 4) & Weak) == 0) needs.Add(new(library, Text(U32(aux + 8)), U16(aux + 6) & 0x7fff, (long)aux + 4));
                aux += U32(aux + 12);
            }

            at += U32(at + 12);
        }

        return needs;
    }

    /// <summary>The names of the versions that the file defines.</summary>
    public IReadOnlySet<string> Defined()
    {
        HashSet<string> names = [];
        if (!dynamic.TryGetValue(Definitions, out ulong address)) return names;
        ulong at = FileOffset(address);
        for (ulong i = dynamic.GetValueOrDefault(DefinitionCount); i > 0; i--)
        {
            names.Add(Text(U32(at + U32(at + 12))));
            at += U32(at + 16);
        }

        return names;
    }

    /// <summary>The names of the symbols of a needed version to which some relocation refers: those which the file cannot do without.</summary>
    /// <param name="need">The version.</param>
    public IReadOnlySet<string> SymbolsInUse(Need need)
    {
        HashSet<string> names = [];
        ulong symbols = FileOffset(Required(SymbolTable)), versions = FileOffset(Required(SymbolVersions));
        foreach ((long start, long size) in new[] { (Relocations, RelocationsSize), (PltRelocations, PltRelocationsSize) })
        {
            if (!dynamic.TryGetValue(start, out ulong address)) continue;
            ulong at = FileOffset(address), end = at + Required(size);
            for (; at + 24 <= end; at += 24)
            {
                ulong symbol = U64(at + 8) >> 32;
                if (symbol != 0 && (U16(versions + (2 * symbol)) & 0x7fff) == need.Index) names.Add(Text(U32(symbols + (24 * symbol))));
            }
        }

        return names;
    }

    /// <summary>A copy of the file in which the given versions are weak, that is, asked for but not insisted on.</summary>
    /// <param name="needs">Versions from <see cref="Needed"/>.</param>
    public byte[] WithWeak(IEnumerable<Need> needs)
    {
        byte[] copy = [.. image];
        foreach (Need need in needs)
        {
            Span<byte> flags = copy.AsSpan((int)need.FlagsOffset, 2);
            BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | Weak));
        }

        return copy;
    }

    private ulong FileOffset(ulong address)
    {
        foreach ((ulong start, ulong size, ulong offset) in segments)
            if (address >= start && address - start < size) return offset + (address - start);
        throw Bad($"its dynamic table points to address 0x{address:x}, which no segment holds");
    }

    private ulong Required(long tag) => dynamic.TryGetValue(tag, out ulong value) ? value : throw Bad($"its dynamic table lacks entry 0x{tag:x}");

    private string Text(uint index)
    {
        if (index >= Required(StringTableSize)) throw Bad("a name lies outside its string table");
        ReadOnlySpan<byte> from = At(FileOffset(Required(StringTable)) + index, 1, toEnd: true);
        int length = from.IndexOf((byte)0);
        return length < 0 ? throw Bad("a name in its string table does not end") : Encoding.ASCII.GetString(from[..length]);
    }

    private ushort U16(ulong offset) => BinaryPrimitives.ReadUInt16LittleEndian(At(offset, 2));

    private uint U32(ulong offset) => BinaryPrimitives.ReadUInt32LittleEndian(At(offset, 4));

    private ulong U64(ulong offset) => BinaryPrimitives.ReadUInt64LittleEndian(At(offset, 8));

    private ReadOnlySpan<byte> At(ulong offset, int length, bool toEnd = false) =>
        offset > (ulong)image.Length || (ulong)image.Length - offset < (ulong)length
            ? throw Bad($"it points to byte {offset}, beyond its end at {image.Length}")
            : toEnd ? image.AsSpan((int)offset) : image.AsSpan((int)offset, length);

    private BadImageFormatException Bad(string problem) => new($"{name} cannot be read as a shared library: {problem}.", name);
}
