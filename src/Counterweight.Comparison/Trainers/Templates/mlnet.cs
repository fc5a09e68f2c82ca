// A fit of 'counterweight compare' in ML.NET (docs/trainers.md): "dotnet run train.cs". Lines that end with '// yours' are those to change.
#:package Microsoft.ML@5.0.1
#:property PublishAot=false
using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
JsonElement job = JsonDocument.Parse(File.ReadAllText(Environment.GetEnvironmentVariable("COUNTERWEIGHT_JOB")!)).RootElement, data = job.GetProperty("data");
bool Has(string name) => job.GetProperty(name).ValueKind != JsonValueKind.Null;
string Text(string name) => job.GetProperty(name).GetString()!;
void Refuse(string why) { Console.Error.WriteLine(why); Environment.Exit(78); }
if (job.GetProperty("protocol").GetInt32() != 1) Refuse("this program knows version 1 of the trainer contract");
foreach (string part in new[] { "loss", "synthetic", "sampling" }) if (Has(part)) Refuse($"this program does not carry out '{part}'");
T[] Npy<T>(string name) where T : struct // the numbers come after a header of stated length
{
    byte[] file = File.ReadAllBytes(Text(name));
    return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(file.AsSpan(10 + BitConverter.ToUInt16(file, 8))).ToArray();
}
long[] train = Npy<long>("train"), asked = [.. Npy<long>("validation"), .. Npy<long>("test")];
string[] labels = [.. job.GetProperty("classes").EnumerateArray().Select(c => c.GetProperty("label").GetString()!)];
string[][] cells = [.. File.ReadLines(data.GetProperty("file").GetString()!).Where(l => l != "").Select(l => l.Split(','))]; // yours
int target = Array.IndexOf(cells[0], data.GetProperty("target").GetString());
int[] used = [.. cells[0].Index().ExceptBy(data.GetProperty("leaveOut").EnumerateArray().Select(c => c.GetString()), c => c.Item).Select(c => c.Index)];
float Number(string cell) => float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out float v) ? v : cell.Sum(c => c) % 64;
Row Of(string[] row, double weight = 1) => new([.. used.Where(c => c != target).Select(c => Number(row[c]))], Code(row), (float)weight); // yours
uint Code(string[] row) => (uint)Array.IndexOf(labels, row[target]);
double[] perClass = Has("classWeights") ? [.. job.GetProperty("classWeights").EnumerateArray().Select(w => w.GetDouble())] : [.. labels.Select(_ => 1.0)];
double[]? perRow = Has("rowWeights") ? Npy<double>("rowWeights") : null;
var context = new MLContext((int)job.GetProperty("seed").GetInt64());
SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, used.Length - 1);
schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), labels.Length);
Row[] known = [.. train.Select((row, i) => Of(cells[row + 1], perRow?[i] ?? perClass[Code(cells[row + 1])]))];
var trainer = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(exampleWeightColumnName: "Weight"); // yours
var model = context.Transforms.NormalizeMeanVariance("Features").Append(trainer).Fit(context.Data.LoadFromEnumerable(known, schema)); // yours
IDataView scored = model.Transform(context.Data.LoadFromEnumerable(asked.Select(row => Of(cells[row + 1])), schema));
float[][] scores = [.. scored.GetColumn<float[]>("Score")];
IEnumerable<string> lines = asked.Select((row, i) => $"{row},{string.Join(',', scores[i].Select(s => s.ToString(CultureInfo.InvariantCulture)))}");
File.WriteAllLines(Text("scores"), [$"row,{string.Join(',', labels)}", .. lines]);
record Row(float[] Features, uint Label, float Weight);
