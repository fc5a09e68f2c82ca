namespace Counterweight.Cli;

/// <summary>What <c>export --json</c> prints.</summary>
/// <param name="Format">onnx or lightgbm.</param>
/// <param name="File">The file that was written.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="MadeRows">Made rows that ONNX Runtime, or LightGBM, decides with it as the model does.</param>
/// <param name="GivenRows">Rows of --data of which the same holds.</param>
/// <param name="LargestDifference">The largest difference of a probability on them.</param>
internal sealed record ExportDocument(string Format, string File, long Bytes, int MadeRows, long GivenRows, double LargestDifference);
