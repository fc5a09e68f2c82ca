using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Dependencies;
using ArchUnitNET.Loader;
using Assembly = System.Reflection.Assembly;

namespace Counterweight.Architecture.Tests;

/// <summary>One type that knows of another.</summary>
/// <param name="From">Where the first stands.</param>
/// <param name="Origin">The first.</param>
/// <param name="To">Where the second stands.</param>
/// <param name="Target">The second.</param>
internal sealed record Arrow(Room From, string Origin, Room To, string Target)
{
    public override string ToString() => $"{From} -> {To}: {Origin} uses {Target}";
}

/// <summary>A project, or a folder in it.</summary>
/// <param name="Project">The project.</param>
/// <param name="Folder">The folder (with /); empty for the project's own files.</param>
internal sealed record Room(string Project, string Folder)
{
    public override string ToString() => Folder.Length == 0 ? Project : $"{Project}/{Folder}";
}

/// <summary>Who knows of whom, read from the compiled code by ArchUnitNET; the folders from the sources.</summary>
/// <remarks>What the compiler leaves no trace of, constants and nameof, is no arrow.</remarks>
internal static class Arrows
{
    private static readonly Lazy<ArchUnitNET.Domain.Architecture> Loaded = new(Load);
    private static readonly Dictionary<string, string> ByAssembly =
        SourceFiles.Projects.ToDictionary(p => Path.GetFileNameWithoutExtension(SourceFiles.Compiled(p)));
    private static readonly Lazy<IReadOnlyList<Arrow>> Every = new(Find);

    /// <summary>All rooms as ArchUnitNET sees them, for its own rules.</summary>
    public static ArchUnitNET.Domain.Architecture Architecture => Loaded.Value;

    /// <summary>All arrows between types of the rooms.</summary>
    public static IReadOnlyList<Arrow> All => Every.Value;

    /// <summary>The folders of a project that hold types, the project's own among them as empty.</summary>
    public static IReadOnlyList<string> FoldersOf(string project) =>
        [.. SourceFiles.Folders.Where(f => f.Key.Project == project).Select(f => f.Value).Distinct().Order(StringComparer.Ordinal)];

    private static ArchUnitNET.Domain.Architecture Load()
    {
        Assembly[] rooms = [.. SourceFiles.Projects.Select(p => Assembly.LoadFrom(SourceFiles.Compiled(p)))];
        return new ArchLoader().LoadAssemblies(rooms).Build();
    }

    private static List<Arrow> Find()
    {
        Dictionary<IType, Room?> rooms = [];
        HashSet<Arrow> found = [];
        foreach (IType type in Architecture.Types)
        {
            if (RoomOf(type) is not { } from) continue;
            foreach (ITypeDependency dependency in type.Dependencies)
                if (RoomOf(dependency.Target) is { } to && to != from)
                    found.Add(new(from, Outermost(type), to, Outermost(dependency.Target)));
        }

        return [.. found.OrderBy(a => a.ToString(), StringComparer.Ordinal)];

        Room? RoomOf(IType type)
        {
            if (rooms.TryGetValue(type, out Room? room)) return room;
            // Type parameters, and what is outside the rooms, stand nowhere.
            return rooms[type] = type.IsGenericParameter || type.Assembly is null ? null : Place(type);
        }
    }

    private static Room? Place(IType type) =>
        ByAssembly.TryGetValue(type.Assembly.Name.Split(',')[0], out string? project)
        && SourceFiles.Folders.TryGetValue((project, Outermost(type)), out string? folder) ? new(project, folder) : null;

    private static string Outermost(IType type) => type.FullName.Split('+')[0];
}
