using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

// MlNetOnly MODEL.zip ROWS.idv COLUMN: prints a column of the scored rows, one value a line.
if (AppDomain.CurrentDomain.GetAssemblies().Any(a => a.GetName().Name!.StartsWith("Counterweight", StringComparison.Ordinal)))
    throw new InvalidOperationException("This program is to run without Counterweight.");
var context = new MLContext(seed: 0);
ITransformer model = context.Model.Load(args[0], out _);
IDataView scored = model.Transform(context.Data.LoadFromBinary(args[1]));
DataViewSchema.Column column = scored.Schema[args[2]];
IEnumerable<string> lines = column.Type.RawType switch
{
    Type t when t == typeof(bool) => scored.GetColumn<bool>(column).Select(v => v.ToString()),
    Type t when t == typeof(float) => scored.GetColumn<float>(column).Select(v => v.ToString("R", CultureInfo.InvariantCulture)),
    Type t when t == typeof(uint) => scored.GetColumn<uint>(column).Select(v => v.ToString(CultureInfo.InvariantCulture)),
    var other => throw new NotSupportedException(other.Name),
};
foreach (string line in lines) Console.WriteLine(line);
