using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Counterweight.Comparison;

namespace Counterweight.Cli;

/// <summary>How documents that the tool alone prints are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PlanDocument))]
[JsonSerializable(typeof(SqlDocument))]
[JsonSerializable(typeof(ShardFile))]
[JsonSerializable(typeof(ExportDocument))]
[JsonSerializable(typeof(TrainerCheckDocument))]
[JsonSerializable(typeof(LibTorchDocument))]
[JsonSerializable(typeof(DoctorDocument))]
[JsonSerializable(typeof(ProgramTraining))]
internal sealed partial class CliDocuments : JsonSerializerContext
{
    internal static CliDocuments Documents { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    });
}
