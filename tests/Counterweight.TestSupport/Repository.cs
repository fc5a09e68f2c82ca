namespace Counterweight.TestSupport;

/// <summary>Where the checkout lies, found from the folder of the running tests.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Counterweight.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No Counterweight.slnx above {AppContext.BaseDirectory}.");
    }
}
