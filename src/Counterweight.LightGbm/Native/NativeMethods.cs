using System.Runtime.InteropServices;

namespace Counterweight.LightGbm;

/// <summary>The entry points of lib_lightgbm that the binding uses, as declared in LightGBM's c_api.h.</summary>
internal static unsafe partial class NativeMethods
{
    internal const string Library = "lib_lightgbm";
    internal const int Float32 = 0, Float64 = 1, Int32 = 2;

    [LibraryImport(Library)] internal static partial nint LGBM_GetLastError();

    [LibraryImport(Library)] internal static partial int LGBM_RegisterLogCallback(delegate* unmanaged[Cdecl]<byte*, void> callback);

    [LibraryImport(Library)] internal static partial int LGBM_SetMaxThreads(int threads);

    [LibraryImport(Library)]
    internal static partial int LGBM_NetworkInitWithFunctions(
        int machines, int rank,
        delegate* unmanaged[Cdecl]<byte*, int, int, int*, int*, int, byte*, int, delegate* unmanaged[Cdecl]<byte*, byte*, int, int, void>*, void> reduceScatter,
        delegate* unmanaged[Cdecl]<byte*, int, int*, int*, int, byte*, int, void> allgather);

    [LibraryImport(Library)] internal static partial int LGBM_NetworkFree();

    [LibraryImport(Library)] internal static partial int LGBM_DumpParamAliases(long bufferLength, out long length, byte* buffer);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LGBM_GetSampleCount(int rows, string parameters, out int count);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LGBM_SampleIndices(int rows, string parameters, int* indices, out int count);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LGBM_DatasetCreateFromFile(string file, string parameters, DatasetHandle reference, out DatasetHandle dataset);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LGBM_DatasetCreateFromMat(
        void* data, int type, int rows, int columns, int rowMajor, string parameters, DatasetHandle reference, out DatasetHandle dataset);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LGBM_DatasetCreateFromSampledColumn(
        double** values, int** indices, int columns, int* perColumn, int sampledRows, int rows, long distributedRows, string parameters,
        out DatasetHandle dataset);

    [LibraryImport(Library)]
    internal static partial int LGBM_DatasetCreateByReference(DatasetHandle reference, long rows, out DatasetHandle dataset);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LGBM_DatasetGetSubset(DatasetHandle dataset, int* rows, int count, string parameters, out DatasetHandle subset);

    [LibraryImport(Library)] internal static partial int LGBM_DatasetSetWaitForManualFinish(DatasetHandle dataset, int wait);

    [LibraryImport(Library)]
    internal static partial int LGBM_DatasetPushRows(DatasetHandle dataset, void* data, int type, int rows, int columns, int startRow);

    [LibraryImport(Library)] internal static partial int LGBM_DatasetMarkFinished(DatasetHandle dataset);

    [LibraryImport(Library)] internal static partial int LGBM_DatasetFree(nint dataset);

    [LibraryImport(Library)] internal static partial int LGBM_DatasetSetFeatureNames(DatasetHandle dataset, byte** names, int count);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LGBM_DatasetSetField(DatasetHandle dataset, string field, void* data, int count, int type);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LGBM_DatasetGetField(DatasetHandle dataset, string field, out int count, out void* data, out int type);

    [LibraryImport(Library)] internal static partial int LGBM_DatasetGetNumData(DatasetHandle dataset, out int rows);

    [LibraryImport(Library)] internal static partial int LGBM_DatasetGetNumFeature(DatasetHandle dataset, out int columns);

    [LibraryImport(Library)] internal static partial int LGBM_DatasetGetFeatureNumBin(DatasetHandle dataset, int column, out int bins);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LGBM_BoosterCreate(DatasetHandle dataset, string parameters, out BoosterHandle booster);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterLoadModelFromString(byte* text, out int iterations, out BoosterHandle booster);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterFree(nint booster);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterAddValidData(BoosterHandle booster, DatasetHandle dataset);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterUpdateOneIter(BoosterHandle booster, out int finished);

    [LibraryImport(Library)]
    internal static partial int LGBM_BoosterUpdateOneIterCustom(BoosterHandle booster, float* gradients, float* hessians, out int finished);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterGetEvalCounts(BoosterHandle booster, out int count);

    [LibraryImport(Library)]
    internal static partial int LGBM_BoosterGetEvalNames(
        BoosterHandle booster, int count, out int outCount, nuint bufferLength, out nuint neededLength, byte** names);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterGetEval(BoosterHandle booster, int dataset, out int count, double* results);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterGetNumPredict(BoosterHandle booster, int dataset, out long count);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterGetPredict(BoosterHandle booster, int dataset, out long count, double* results);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterGetLeafValue(BoosterHandle booster, int tree, int leaf, out double value);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterSetLeafValue(BoosterHandle booster, int tree, int leaf, double value);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterGetCurrentIteration(BoosterHandle booster, out int iteration);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterNumberOfTotalModel(BoosterHandle booster, out int trees);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterNumModelPerIteration(BoosterHandle booster, out int trees);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterGetNumFeature(BoosterHandle booster, out int columns);

    [LibraryImport(Library)] internal static partial int LGBM_BoosterGetNumClasses(BoosterHandle booster, out int classes);

    [LibraryImport(Library)]
    internal static partial int LGBM_BoosterSaveModelToString(
        BoosterHandle booster, int startIteration, int iterations, int importance, long bufferLength, out long length, byte* buffer);

    [LibraryImport(Library)]
    internal static partial int LGBM_BoosterFeatureImportance(BoosterHandle booster, int iterations, int kind, double* results);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LGBM_BoosterPredictForMat(
        BoosterHandle booster, void* data, int type, int rows, int columns, int rowMajor, int kind, int startIteration, int iterations,
        string parameters, out long count, double* results);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LGBM_BoosterPredictForMatSingleRowFastInit(
        BoosterHandle booster, int kind, int startIteration, int iterations, int type, int columns, string parameters,
        out RowPredictorHandle predictor);

    [LibraryImport(Library)]
    internal static partial int LGBM_BoosterPredictForMatSingleRowFast(RowPredictorHandle predictor, void* row, out long count, double* results);

    [LibraryImport(Library)] internal static partial int LGBM_FastConfigFree(nint predictor);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LGBM_BoosterPredictForFile(
        BoosterHandle booster, string data, int header, int kind, int startIteration, int iterations, string parameters, string result);
}
