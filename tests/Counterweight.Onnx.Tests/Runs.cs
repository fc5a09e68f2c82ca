using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Onnx;

namespace Counterweight.Onnx.Tests;

/// <summary>Runs parts of graphs.</summary>
internal static class Runs
{
    internal static ModelProto Model(GraphProto graph)
    {
        var model = new ModelProto { IrVersion = 10, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 21 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = GraphBuilder.MachineLearning, Version = 5 });
        return model;
    }

    /// <summary>The doubles that a graph gives for rows of doubles.</summary>
    internal static double[] Of(GraphProto graph, string input, double[] rows, int columns, string output)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(Model(graph).ToByteArray(), options);
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(rows, [rows.Length / columns, columns]);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, [input], [value], [output]);
        return outputs[0].GetTensorDataAsSpan<double>().ToArray();
    }
}
