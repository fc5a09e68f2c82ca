namespace Counterweight;

/// <summary>The four counts (or summed weights) of a binary decision.</summary>
/// <param name="TruePositives">Positive rows decided positive.</param>
/// <param name="FalsePositives">Negative rows decided positive: false alarms.</param>
/// <param name="FalseNegatives">Positive rows decided negative: misses.</param>
/// <param name="TrueNegatives">Negative rows decided negative.</param>
public readonly record struct BinaryCounts(double TruePositives, double FalsePositives, double FalseNegatives, double TrueNegatives)
{
    /// <summary>All positive rows.</summary>
    public double Positives => TruePositives + FalseNegatives;

    /// <summary>All negative rows.</summary>
    public double Negatives => FalsePositives + TrueNegatives;

    /// <summary>All rows.</summary>
    public double Total => Positives + Negatives;

    /// <summary>The rows decided positive.</summary>
    public double Alerts => TruePositives + FalsePositives;

    /// <summary>TP / (TP + FN); 0 without positive rows.</summary>
    public double Recall => Share(TruePositives, Positives);

    /// <summary>TN / (TN + FP); 0 without negative rows.</summary>
    public double Specificity => Share(TrueNegatives, Negatives);

    /// <summary>TP / (TP + FP); 0 where nothing is decided positive.</summary>
    public double Precision => Share(TruePositives, Alerts);

    /// <summary>The mean recall of the classes that occur.</summary>
    public double BalancedAccuracy => Positives == 0 ? Specificity : Negatives == 0 ? Recall : (Recall + Specificity) / 2;

    /// <summary>(1 + b^2) TP / ((1 + b^2) TP + b^2 FN + FP); 0 where that divides by zero (van Rijsbergen, 1979).</summary>
    /// <param name="beta">How many times recall counts as much as precision.</param>
    public double FBeta(double beta)
    {
        double square = beta * beta;
        return Share((1 + square) * TruePositives, (1 + square) * TruePositives + square * FalseNegatives + FalsePositives);
    }

    /// <summary>Matthews' correlation (1975), -1..1; 0 where it divides by zero.</summary>
    public double MatthewsCorrelation
    {
        get
        {
            double product = Alerts * Positives * Negatives * (TrueNegatives + FalseNegatives);
            return product <= 0 ? 0 : (TruePositives * TrueNegatives - FalsePositives * FalseNegatives) / Math.Sqrt(product);
        }
    }

    private static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;
}
