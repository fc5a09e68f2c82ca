using System.Globalization;
using System.Runtime.InteropServices;
using Counterweight.TestSupport;

namespace Counterweight.LightGbm.Tests;

/// <summary>Models and predictions that the official library made from files, through another program (Reference/make_reference.py).</summary>
public class OfficialTests
{
    private static string Folder => Path.Combine(Repository.Root, "tests", "Counterweight.LightGbm.Tests", "Reference");

    private static readonly LightGbmParameters Common = new() { Seed = 3, MinRowsInLeaf = 5, Leaves = 12, LearningRate = 0.2, Threads = 1 };

    private static LightGbmParameters Parameters(string name) => name == "binary"
        ? Common with { Rounds = 12, ScalePositiveWeight = 2.5, L2 = 0.5 }
        : Common with
        {
            Rounds = 8,
            Objective = LightGbmObjective.Multiclass,
            Classes = 3,
            RowFraction = 0.7,
            RowFractionEvery = 1,
            ColumnFraction = 0.8,
            MaxBins = 31
        };

    private static (double[] Values, int[] Labels, float[] Weights) Read(string name)
    {
        string[][] lines = [.. File.ReadLines(Path.Combine(Folder, name + ".csv")).Select(l => l.Split(','))];
        float[] weights = [.. File.ReadLines(Path.Combine(Folder, name + ".csv.weight")).Select(l => float.Parse(l, CultureInfo.InvariantCulture))];
        return ([.. lines.SelectMany(l => l.Skip(1)).Select(v => v == "nan" ? double.NaN : double.Parse(v, CultureInfo.InvariantCulture))],
            [.. lines.Select(l => int.Parse(l[0], CultureInfo.InvariantCulture))], weights);
    }

    private static double[] Predictions(string name) =>
        [.. File.ReadLines(Path.Combine(Folder, name + ".predictions.txt")).SelectMany(l => l.Split('\t'))
            .Select(v => double.Parse(v, CultureInfo.InvariantCulture))];

    [Theory, InlineData("binary"), InlineData("multiclass")]
    public void Equal_parameters_and_data_give_the_official_trees_bit_for_bit(string name)
    {
        (double[] values, int[] labels, float[] weights) = Read(name);
        LightGbmParameters parameters = Parameters(name);
        using LightGbmModel official = LightGbmModel.Load(Path.Combine(Folder, name + ".model.txt"));
        foreach (bool chunks in (bool[])[false, true])
        {
            var options = new LightGbmDatasetOptions { Parameters = parameters, CategoricalColumns = [0] };
            using LightGbmDataset data = chunks
                ? LightGbmDataset.FromChunks(labels.Length, 6, () => TrainingTests.RowChunks(values, 6, 100), options)
                : LightGbmDataset.FromRows(values, 6, options);
            data.SetLabels(labels);
            data.SetWeights(weights);
            using LightGbmModel model = LightGbmModel.Train(data, parameters);
            Assert.Equal(Tables.Trees(official), Tables.Trees(model));
            double[] expected = Predictions(name), found = model.PredictProbabilities(values);
            if (name == "binary") found = [.. found.Where((_, i) => i % 2 == 1)];
            Assert.Equal(expected, found);
        }
    }

    [Theory, InlineData("binary"), InlineData("multiclass")]
    public void Files_are_read_as_the_command_line_program_reads_them(string name)
    {
        LightGbmParameters parameters = Parameters(name);
        using LightGbmDataset data = LightGbmDataset.FromFile(
            Path.Combine(Folder, name + ".csv"), new LightGbmDatasetOptions { Parameters = parameters, CategoricalColumns = [0] });
        using LightGbmModel model = LightGbmModel.Train(data, parameters), official = LightGbmModel.Load(Path.Combine(Folder, name + ".model.txt"));
        Assert.Equal(Tables.Trees(official), Tables.Trees(model));
    }

    [Theory, InlineData("binary"), InlineData("multiclass")]
    public void Official_models_predict_what_they_predict_there(string name)
    {
        (double[] values, _, _) = Read(name);
        using LightGbmModel official = LightGbmModel.Load(Path.Combine(Folder, name + ".model.txt"));
        double[] found = official.PredictProbabilities(values, threads: 2);
        if (name == "binary") found = [.. found.Where((_, i) => i % 2 == 1)];
        Assert.Equal(Predictions(name), found);
        using LightGbmModel again = LightGbmModel.Parse(official.ToText());
        Assert.Equal(official.ToText(), again.ToText());
    }

    [Fact]
    public void A_model_of_an_own_objective_gives_probabilities_in_the_official_prediction_of_files()
    {
        foreach ((string name, string loss) in ((string, string)[])[("binary", "focal"), ("multiclass", "ldam"), ("multiclass", "asymmetric")])
        {
            (double[] values, int[] labels, _) = Read(name);
            using LightGbmDataset data = LightGbmDataset.FromRows(values, 6, new LightGbmDatasetOptions { Parameters = Common, CategoricalColumns = [0] });
            data.SetLabels(labels);
            using LightGbmModel model = LightGbmModel.Train(
                data, Common, new LightGbmTraining { Objective = BoostingObjective.Parse(loss).For(ClassCounts.Of(labels)) });
            string saved = Path.GetTempFileName(), result = Path.GetTempFileName();
            model.Save(saved);
            byte[] text = [.. File.ReadAllBytes(saved), 0];
            BoosterHandle booster;
            using (NativeCall call = NativeCall.Enter(1))
            {
                unsafe
                {
                    fixed (byte* first = text) NativeCall.Check(NativeMethods.LGBM_BoosterLoadModelFromString(first, out _, out booster));
                }

                NativeCall.Check(NativeMethods.LGBM_BoosterPredictForFile(booster, Path.Combine(Folder, name + ".csv"), 0, 0, 0, -1, "verbosity=-1", result));
            }

            booster.Dispose();
            double[] official = [.. File.ReadLines(result).SelectMany(l => l.Split('\t')).Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
            double[] found = model.PredictProbabilities(values);
            Assert.Equal(name == "binary" ? [.. found.Where((_, i) => i % 2 == 1)] : found, official);
            File.Delete(saved);
            File.Delete(result);
        }
    }
}

/// <summary>Looks at the standard output of the whole process.</summary>
[Collection(nameof(Alone))]
public partial class SilenceTests
{
    [LibraryImport("libc")] private static partial int dup(int descriptor);

    [LibraryImport("libc")] private static partial int dup2(int descriptor, int other);

    [LibraryImport("libc")] private static partial int close(int descriptor);

    [Fact]
    public void Nothing_is_written_to_standard_output_and_messages_go_where_they_are_wanted()
    {
        List<string> messages = [];
        (double[] values, int[] labels) = Tables.Make(600, 4);
        for (int i = 0; i < 600; i++) values[4 * i] = i % 3 * 100_000;
        string path = Path.GetTempFileName();
        using (FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite))
        {
            Console.Out.Flush();
            bool unix = !OperatingSystem.IsWindows();
            int before = unix ? dup(1) : -1;
            if (unix) Assert.Equal(1, dup2((int)file.SafeFileHandle.DangerousGetHandle(), 1));
            try
            {
                foreach (Action<string>? log in (Action<string>?[])[null, messages.Add])
                {
                    LightGbmParameters parameters = new() { Rounds = 3, Threads = 2, Log = log, MinRowsInLeaf = 250, MaxDepth = 2 };
                    var options = new LightGbmDatasetOptions { Parameters = parameters, CategoricalColumns = [0], ColumnNames = ["a b", "c", "d", "e"] };
                    for (int i = 0; i < 2; i++)
                    {
                        using LightGbmDataset data = i == 0 ? LightGbmDataset.FromRows(values, 4, options)
                            : LightGbmDataset.FromChunks(600, 4, () => TrainingTests.RowChunks(values, 4, 100), options);
                        data.SetLabels(labels);
                        var thread = new Thread(() =>
                        {
                            using LightGbmModel model = LightGbmModel.Train(data, parameters);
                            model.PredictProbabilities(values);
                        });
                        thread.Start();
                        thread.Join();
                        Assert.Throws<LightGbmException>(
                            () => LightGbmModel.Train(data, parameters with { Extra = new Dictionary<string, string> { ["monotone_constraints"] = "1" } }));
                    }
                }
            }
            finally
            {
                if (unix)
                {
                    _ = dup2(before, 1);
                    _ = close(before);
                }
            }
        }

        Assert.DoesNotContain("LightGBM", File.ReadAllText(path), StringComparison.Ordinal);
        File.Delete(path);
        Assert.Contains(messages, m => m.Contains("sparse values", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.StartsWith("[LightGBM] [Info]", StringComparison.Ordinal));
    }
}

public class NativeLibraryTests
{
    [Fact]
    public void A_missing_runtime_is_named()
    {
        Assert.Contains("libgomp1", NativeLibraryLoader.Explain("libgomp.so.1: cannot open shared object file", true, false, Architecture.X64),
            StringComparison.Ordinal);
        Assert.Contains("libomp", NativeLibraryLoader.Explain("Library not loaded: @rpath/libomp.dylib", false, true, Architecture.X64),
            StringComparison.Ordinal);
        Assert.Contains("Arm64", NativeLibraryLoader.Explain("", true, false, Architecture.Arm64), StringComparison.Ordinal);
        Assert.Contains("whatever", NativeLibraryLoader.Explain("whatever", true, false, Architecture.X64), StringComparison.Ordinal);
    }
}
