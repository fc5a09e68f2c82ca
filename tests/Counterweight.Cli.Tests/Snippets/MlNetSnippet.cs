using System.Collections.Generic;
using Microsoft.ML;

namespace Counterweight.Cli.Tests;

internal static class MlNetSnippet
{
    internal sealed class Row
    {
        public string Label { get; set; } = "";

        [Microsoft.ML.Data.VectorType(1)]
        public float[] Features { get; set; } = [];
    }

    /// <summary>Fits the trainer of the snippet and returns the weights that the rows got.</summary>
    internal static float[] Run(IEnumerable<Row> rows)
    {
        // <paste>
        // class weights 'balanced' for the classes ham, spam, in this order
        var context = new MLContext(seed: 0);
        var weightOf = new Dictionary<string, float>
        {
            ["ham"] = 0.5555555555555556f,
            ["spam"] = 5.0f,
        };

        // put it first in the pipeline: it makes a column Weight from the column Label
        var addWeight = context.Transforms.Conversion.MapValue("Weight", weightOf, "Label");
        var trainer = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(exampleWeightColumnName: "Weight");
        // </paste>
        IDataView data = context.Data.LoadFromEnumerable(rows);
        IDataView weighted = addWeight.Fit(data).Transform(data);
        addWeight.Append(context.Transforms.Conversion.MapValueToKey("Label")).Append(trainer).Fit(data);
        return [.. Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<float>(weighted, "Weight")];
    }
}
