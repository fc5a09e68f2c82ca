using Microsoft.Win32.SafeHandles;

namespace Counterweight.LightGbm;

/// <summary>Owns a native dataset.</summary>
internal sealed class DatasetHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <summary>Stands for no dataset.</summary>
    internal static readonly DatasetHandle None = new();

    protected override bool ReleaseHandle() => NativeMethods.LGBM_DatasetFree(handle) == 0;
}

/// <summary>Owns a native booster.</summary>
internal sealed class BoosterHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => NativeMethods.LGBM_BoosterFree(handle) == 0;
}

/// <summary>Owns the prepared state of a single-row predictor and keeps its booster alive, whose lock it points at.</summary>
internal sealed class RowPredictorHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    private BoosterHandle? booster;

    internal void Keep(BoosterHandle owner)
    {
        bool kept = false;
        owner.DangerousAddRef(ref kept);
        if (kept) booster = owner;
    }

    protected override bool ReleaseHandle()
    {
        bool freed = NativeMethods.LGBM_FastConfigFree(handle) == 0;
        booster?.DangerousRelease();
        return freed;
    }
}
