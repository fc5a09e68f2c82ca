namespace Counterweight.Architecture.Tests;

/// <summary>The arrows of the design: what a room, and a folder in it, may know of. Everything else is an error.</summary>
/// <remarks>A room that is named here and not yet built may be built; one that is built and not named fails the tests until it has a row.</remarks>
internal static class Design
{
    /// <summary>For each project under src: the projects it may use (what those use included), and the packages it may name.</summary>
    public static readonly Dictionary<string, (string[] Projects, string[] Packages)> Projects = new()
    {
        ["Counterweight"] = ([], ["System.Numerics.Tensors"]),
        ["Counterweight.Torch"] = (["Counterweight"], ["TorchSharp"]),
        ["Counterweight.LightGbm"] = (["Counterweight"], ["LightGBM"]),
        ["Counterweight.Data"] = (["Counterweight"], ["DuckDB.NET.Data.Full", "Sep", "StbImageSharp", "BigGustave"]),
        ["Counterweight.Databases"] = (["Counterweight", "Counterweight.Data"],
            ["Npgsql", "MySqlConnector", "ClickHouse.Driver", "Microsoft.Data.SqlClient", "System.Data.Odbc", "DuckDB.NET.Data.Full"]),
        ["Counterweight.Comparison"] =
        (
            ["Counterweight", "Counterweight.Torch", "Counterweight.LightGbm", "Counterweight.Data"],
            ["MathNet.Numerics", "DuckDB.NET.Data.Full"]),
        ["Counterweight.Onnx"] =
        (
            ["Counterweight", "Counterweight.LightGbm", "Counterweight.Data", "Counterweight.Comparison"],
            ["Google.Protobuf", "Microsoft.ML.OnnxRuntime"]),
        ["Counterweight.Report"] = (["Counterweight", "Counterweight.Data", "Counterweight.Comparison"], ["ScottPlot"]),
        ["Counterweight.ML"] = (["Counterweight", "Counterweight.Data", "Counterweight.Comparison"], ["Microsoft.ML"]),
        ["Counterweight.Native"] = (["Counterweight"], []),
        ["Counterweight.Testing"] = (["Counterweight", "Counterweight.Torch"], []),
        ["Counterweight.Interactive"] = (["Counterweight", "Counterweight.Data", "Counterweight.Comparison", "Counterweight.Report"],
            ["Microsoft.DotNet.Interactive.Formatting"]),
        ["Counterweight.Cli"] = (
            ["Counterweight", "Counterweight.Torch", "Counterweight.LightGbm", "Counterweight.Data", "Counterweight.Databases", "Counterweight.Comparison",
                "Counterweight.Onnx", "Counterweight.Report"],
            ["System.CommandLine", "Spectre.Console", "ScottPlot"]),
    };

    /// <summary>For each project with rules for its folders: the folders, from the ground up, and those that each may use.</summary>
    public static readonly Dictionary<string, (string Folder, string[] May)[]> Folders = new()
    {
        ["Counterweight"] =
        [
            ("Foundation", []),
            ("Matrix", ["Foundation"]),
            ("Costs", ["Foundation"]),
            ("Counts", ["Foundation"]),
            ("Catalogue", ["Foundation", "Counts"]),
            ("Weights", ["Foundation", "Catalogue", "Counts", "Costs"]),
            ("Samplers", ["Foundation", "Catalogue", "Counts"]),
            ("Neighbours", ["Foundation", "Matrix", "Counts"]),
            ("Resampling", ["Foundation", "Catalogue", "Matrix", "Counts", "Neighbours"]),
            ("Metrics", ["Foundation", "Catalogue", "Costs", "Counts"]),
            ("Calibration", ["Foundation", "Catalogue", "Counts", "Metrics"]),
            ("Decisions", ["Foundation", "Catalogue", "Counts", "Costs", "Metrics", "Calibration"]),
            ("Diagnosis", ["Foundation", "Counts", "Weights", "Samplers", "Metrics", "Decisions"]),
        ],
        ["Counterweight.Torch"] =
        [
            ("Native", []),
            ("Tensors", ["Native"]),
            ("Kernels", ["Native", "Tensors"]),
            ("Losses", ["Native", "Tensors", "Kernels"]),
            ("Schedules", ["Native", "Tensors", "Losses"]),
            ("Samplers", ["Native", "Tensors"]),
            ("Batches", ["Native", "Tensors"]),
            ("TwoStage", ["Native", "Tensors", "Losses"]),
        ],
    };
}
