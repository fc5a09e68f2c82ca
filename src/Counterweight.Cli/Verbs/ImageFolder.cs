using System.CommandLine;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>A folder of images in the place of a table, for the verbs that run training programs.</summary>
internal static class ImageFolder
{
    /// <summary>Whether a path is one, rather than a file.</summary>
    internal static bool Is(string path) => path != "-" && Directory.Exists(path);

    /// <summary>Reads the images as rows, and says so.</summary>
    /// <param name="run">The command line.</param>
    /// <param name="path">The folder.</param>
    /// <param name="learns">Whether learners of the tool take part.</param>
    /// <param name="ofTables">Options that concern tables alone.</param>
    internal static Dataset Read(Invocation run, string path, bool learns, params ReadOnlySpan<Option> ofTables)
    {
        Dataset images = ImageRows.Read(path, new LabelSourceOptions { Threads = run.Threads }, run.Cancellation);
        if (learns)
            throw new UsageException($"{path} is a folder of images, and the learners of the tool train on the columns of a table. Give a training program of "
                + "yours with --trainer COMMAND, and no --learners; docs/trainers.md is the contract.");
        foreach (Option option in (ReadOnlySpan<Option>)[CommonOptions.Target, .. ReadingOptions.All, .. ofTables])
            if (run.IsGiven(option))
                throw new UsageException($"{option.Name} is for tables; {path} is a folder of images, whose folders are the classes. Leave it out.");
        run.Messages.Note($"{Visible.Line(path)}: {Tables.Count(images.Rows)} images in {images.Classes} folders, one a class; a row is an image.");
        return images;
    }
}
