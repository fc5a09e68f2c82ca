using System.Globalization;
using Counterweight.Comparison;

namespace Counterweight.Cli;

/// <summary>The progress of a comparison in a line that is written over; with training programs also a forecast after the first fit.</summary>
internal sealed class ProgressLine(Messages messages, TrainerSettings? programs = null) : IProgress<ComparisonProgress>
{
    private bool forecast = programs is not null;

    public void Report(ComparisonProgress value)
    {
        if (forecast && value.LastSeconds > 0)
        {
            // Training programs are dear: what a night would be spent on is said after the first fit.
            forecast = false;
            TimeSpan all = TimeSpan.FromSeconds(value.LastSeconds * value.Total / programs!.Jobs);
            messages.Note(string.Create(CultureInfo.InvariantCulture,
                $"The first fit took {value.LastSeconds:0.0} s; all {value.Total} take about {Time(all)} with {programs.Jobs} at a time, less what the "
                    + $"race saves."));
        }

        string best = value.Best is null ? "" : string.Create(CultureInfo.InvariantCulture, $"; best so far {value.Best} {value.BestMean:0.000}");
        messages.Progress(value.Done, value.Total, $"{value.Done}/{value.Total} {value.Current}{best}");
    }

    private static string Time(TimeSpan time) => time.TotalHours >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.0} h")
        : time.TotalMinutes >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");
}
