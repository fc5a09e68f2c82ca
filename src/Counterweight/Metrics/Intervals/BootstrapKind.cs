namespace Counterweight;

/// <summary>How an interval is read from bootstrap resamples.</summary>
public enum BootstrapKind
{
    /// <summary>Corrected for bias and skewness: BCa (Efron, 1987, "Better bootstrap confidence intervals").</summary>
    BiasCorrectedAccelerated,

    /// <summary>The quantiles of the resamples.</summary>
    Percentile,

    /// <summary>The quantiles of the resamples mirrored at the estimate (Davison and Hinkley, 1997, equation 5.6).</summary>
    Basic,
}
