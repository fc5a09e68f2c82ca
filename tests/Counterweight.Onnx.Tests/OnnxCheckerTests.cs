using System.Diagnostics;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.TestSupport;
using Google.Protobuf;
using Onnx;

namespace Counterweight.Onnx.Tests;

/// <summary>
/// ONNX's own checker and shape inference (onnx.checker.check_model) say that the graphs are whole. They are in LibTorch; Debian's python3-onnx 1.12 is older
/// than the operators.
/// </summary>
public sealed class OnnxCheckerTests : IDisposable
{
    /// <summary>Calls torch::jit::check_onnx_proto(std::string) for files, in a process of its own, which ends where a file is wrong.</summary>
    private const string Script = """
        import ctypes, sys
        check = ctypes.CDLL(sys.argv[1])["_ZN5torch3jit16check_onnx_protoERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"]
        class Text(ctypes.Structure):
            _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t), ("capacity", ctypes.c_size_t), ("rest", ctypes.c_size_t)]
        for name in sys.argv[2:]:
            content = open(name, "rb").read()
            held = ctypes.create_string_buffer(content, len(content) + 1)
            check(ctypes.byref(Text(ctypes.addressof(held), len(content), len(content), 0)))
            print("checked", flush=True)
        """;

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void The_checker_of_ONNX_finds_nothing_wrong()
    {
        string library = LibTorch();
        List<string> graphs = [];
        foreach ((string learner, string remedy, int classes) in ((string, string, int)[])
        [
            ("linear", "calibrate:isotonic+threshold:tuned", 2), ("linear", "offsets:logit-adjusted", 4), ("mlp", "calibrate:vector", 3),
            ("gbdt", "calibrate:beta", 4),
            ("gbdt", "ensemble:balanced-forest(members=10)+prior-corrected+threshold:bayes", 2), ("gbdt", "ensemble:easy(members=2)", 3),
        ])
        {
            using TrainedClassifier trained = TrainedClassifier.Fit(
                Tables.Random(classes, 200, distance: 1, seed: 3), learner, Remedy.Parse(remedy), OnnxExportTests.Quick);
            graphs.Add(files[$"{graphs.Count}.onnx"]);
            OnnxExport.Save(trained, graphs[^1], threads: 1);
        }

        (int code, string output, string error) = Check(library, graphs);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(graphs.Count, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        // What it is worth: a file of another order, one with an unknown operator and one whose types do not fit are found.
        ModelProto whole = ModelProto.Parser.ParseFrom(File.ReadAllBytes(graphs[0]));
        Wrong("topologically sorted", m =>
        {
            NodeProto first = m.Graph.Node[0];
            m.Graph.Node.RemoveAt(0);
            m.Graph.Node.Add(first);
        });
        Wrong("No Op registered for Labels", m => m.Graph.Node.First(n => n.OpType == "LabelEncoder").OpType = "Labels");
        Wrong("failed ONNX shape inference", m => m.Graph.Output[1].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int32);

        void Wrong(string said, Action<ModelProto> change)
        {
            ModelProto model = whole.Clone();
            change(model);
            Assert.Contains(said, Check(library, [files.Write("wrong.onnx", model.ToByteArray())]).Error, StringComparison.Ordinal);
        }
    }

    /// <summary>Where the library is that this process has loaded.</summary>
    private static string LibTorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The checker is called by its name in LibTorch for Linux.");
        Assert.Equal(1, TorchSharp.torch.tensor(1).item<int>());
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>().First(m => Path.GetFileName(m.FileName) == "libtorch_cpu.so").FileName;
    }

    private (int Code, string Output, string Error) Check(string library, IEnumerable<string> graphs)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[files.Write("check.py", System.Text.Encoding.UTF8.GetBytes(Script)), library, .. graphs])
            start.ArgumentList.Add(argument);
        Assert.SkipUnless(File.Exists(start.FileName), "There is no /usr/bin/python3; build/setup.sh installs it.");
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }
}
