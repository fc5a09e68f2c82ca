/* Counterweight as a C library: class weights, samplers, resamplers, metrics and decisions for classifiers on unequal classes.
 *
 * - Every function but cw_version, cw_last_error and cw_threads returns a status: CW_OK, or what went wrong; cw_last_error then says it in words.
 * - Arrays belong to the caller and are read and written where they lie. They are aligned to their elements and row-major. Sizes are int64_t.
 *   An array with elements may not be null unless the text says so; an array without elements may.
 * - A result whose size the caller cannot know comes as a handle: ask for the size of a part, copy it, free the handle.
 * - Texts are UTF-8 and end with a zero.
 * - Labels are codes 0..classes-1; cw_encode makes them of integers.
 * - Several threads may call at once. A handle may be used by several threads at once, but not while it is freed.
 * - In a process that was forked from one that had called the library, every function works and uses the calling thread only, provided that no call was
 *   under way when it forked and the library's threads (named .NET...) were asleep, which they are some milliseconds after a call.
 * - The same seed gives the same result at any number of threads, and the same as the C# library.
 */
#ifndef COUNTERWEIGHT_H
#define COUNTERWEIGHT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int64_t cw_handle;

enum cw_status {
    CW_OK = 0,
    CW_BAD_ARGUMENT = 1, /* a size, a name, a parameter, a null or misaligned pointer, a handle that is none */
    CW_BAD_DATA = 2,     /* the rows cannot be used: cw_last_error names row and column */
    CW_NO_MEMORY = 3,
    CW_FAULT = 4         /* a fault of the library: please report it */
};

enum cw_type {
    CW_INT8 = 1, CW_UINT8 = 2, CW_INT16 = 3, CW_UINT16 = 4, CW_INT32 = 5, CW_UINT32 = 6, CW_INT64 = 7,
    CW_FLOAT32 = 9, CW_FLOAT64 = 10
};

/* The parts of a result. */
enum cw_part {
    CW_TEXT = 0,     /* UTF-8, not ended by a zero */
    CW_ROWS = 1,     /* float or double: the values of all rows, only of methods that make rows */
    CW_LABELS = 2,   /* int32_t: the class of each row */
    CW_SOURCES = 3,  /* int64_t: the input row that a row is a copy of, -1 for a made one */
    CW_BASES = 4,    /* int64_t: the input row that a row was made from first */
    CW_PARTNERS = 5, /* int64_t: the second of the two input rows that a row lies between, -1 where none */
    CW_TARGETS = 6,  /* int64_t: the rows per class that the strategy asks for */
    CW_TARGETED = 7, /* uint8_t per class: whether it is resampled at all */
    CW_VALUES = 8,   /* int64_t: the labels, ascending */
    CW_COUNTS = 9    /* int64_t: the rows of each label */
};

enum cw_empty { CW_EMPTY_ERROR = 0, CW_EMPTY_ZERO = 1, CW_EMPTY_AS_ONE_ROW = 2, CW_EMPTY_LARGEST = 3 };
enum cw_remainder { CW_UNEVEN = 0, CW_DROP = 1, CW_REPEAT = 2 };
enum cw_interval { CW_BCA = 0, CW_PERCENTILE = 1, CW_BASIC = 2 };

/* The version, such as "0.2.0". */
const char *cw_version(void);

/* What went wrong in the last call of this thread that failed. Valid until the next call of this thread. */
const char *cw_last_error(void);

/* The most threads of a call from now on, in the whole process; 0 for every processor. */
int32_t cw_set_threads(int32_t threads);

/* The threads of a call as they are set; always 1 in a forked process. */
int32_t cw_threads(void);

/* The elements of a part; a copy of it (bytes must be exactly its size); the end of any handle (0 is none). */
int32_t cw_size(cw_handle handle, int32_t part, int64_t *size);
int32_t cw_copy(cw_handle handle, int32_t part, void *destination, int64_t bytes);
int32_t cw_free(cw_handle handle);

/* Writes the code of each integral label (CW_INT8 to CW_INT64); the result has CW_VALUES and CW_COUNTS. */
int32_t cw_encode(const void *labels, int32_t type, int64_t rows, int32_t *codes, cw_handle *result);

/* Copies rows of rowBytes bytes by their indices, on all threads. */
int32_t cw_take(const void *rows, int64_t rowBytes, int64_t count, const int64_t *indices, int64_t taken, void *destination);

/* A weight per class, by a scheme such as "balanced" or "power(0.5)", scaled by "none", "mean-one", ...; no weight above largestRatio times the
 * smallest (infinity for no limit). */
int32_t cw_class_weights(const int64_t *counts, int64_t classes, const char *scheme, const char *normalise, double largestRatio, int32_t empty,
                         double *weights);

/* What the weights will do to training, as a JSON document (CW_TEXT). labels: a name per line, or null. reduction: "weighted-mean", "batch-mean", "sum". */
int32_t cw_explain(const int64_t *counts, int64_t classes, const char *labels, const char *scheme, const char *normalise, int64_t batchSize,
                   const char *reduction, double separability, cw_handle *result);

/* Resamples rows (CW_FLOAT32 or CW_FLOAT64, count x columns) by a method such as "smote(k=5)" to a strategy: "auto", "minority", "majority",
 * "not-minority", "not-majority", "all", a ratio "0.5", rows per class "0=80,2=120", or for cleaning "only:0,2". categorical: the columns that hold codes.
 * The result has CW_LABELS, CW_SOURCES, CW_TARGETS, CW_TARGETED; of methods that make rows CW_ROWS, CW_BASES, CW_PARTNERS, too.
 * For "random-over" and "random-under" rows may be null with 0 columns. */
int32_t cw_resample(const char *method, const char *strategy, const void *rows, int32_t type, int64_t count, int64_t columns, const int32_t *categorical,
                    int64_t categories, const int32_t *codes, int64_t classes, int64_t seed, cw_handle *result);

/* A sampler over labelled rows by a method such as "class-balanced", "power(q=0.5)", "balanced-batch(rows=8, classes=0)", "repeat-factor(t=0.001)",
 * "progressive(epochs=90)", or "per-class" with a weight per class (weights is read by no other). length: the draws of an epoch (batches of
 * "balanced-batch"), 0 for as many as there are rows. epochs: those of the training, 0 if not known. */
int32_t cw_sampler(const char *method, const int32_t *codes, int64_t rows, int64_t classes, const double *weights, int64_t length, int64_t epochs,
                   int64_t seed, cw_handle *result);

/* A sampler that draws rows by a weight each (CW_FLOAT32 or CW_FLOAT64). */
int32_t cw_sampler_weighted(const void *weights, int32_t type, int64_t rows, int64_t length, int32_t replacement, int64_t seed, cw_handle *result);

/* The part of every epoch that one of several ranks reads: another sampler. */
int32_t cw_sampler_part(cw_handle sampler, int32_t rank, int32_t ranks, int32_t remainder, cw_handle *result);

/* The indices of an epoch. */
int32_t cw_sampler_length(cw_handle sampler, int64_t *length);

/* Writes the row indices at count positions of an epoch from a position on. */
int32_t cw_sampler_fill(cw_handle sampler, int64_t epoch, int64_t position, int64_t *destination, int64_t count);

/* A metric such as "balanced-accuracy" or "average-precision" of decided classes (predicted) or of scores: one column, that of the positive class, or one
 * per class. Null predicted: decided by the scores. probabilities: whether rows of scores must sum to one. weights: per row, or null. */
int32_t cw_metric(const char *metric, const int32_t *truth, int64_t rows, int64_t classes, const int32_t *predicted, const double *scores, int64_t columns,
                  int32_t probabilities, const double *weights, int32_t positive, double *value);

/* The confusion matrix, classes x classes: true class by predicted class. */
int32_t cw_confusion(const int32_t *truth, const int32_t *predicted, int64_t rows, int64_t classes, const double *weights, double *cells);

/* A bootstrap interval of a metric: estimate, low, high, standard error. */
int32_t cw_bootstrap(const char *metric, const int32_t *truth, int64_t rows, int64_t classes, const int32_t *predicted, const double *scores,
                     int64_t columns, int32_t probabilities, const double *weights, int32_t positive, double level, int64_t resamples, int32_t kind,
                     int32_t stratified, int64_t seed, double *interval);

/* DeLong's interval of the area under the ROC curve (4 numbers as above); with second scores that of second less first, and then the two areas, z and the
 * p-value (8 numbers). */
int32_t cw_delong(const int32_t *truth, const double *first, const double *second, int64_t rows, double level, int32_t positive, double *result);

/* The threshold that is best for a metric (or for costs, 2 x 2: true class by decided class; null for none) under constraints such as
 * "recall>=0.8;alerts<=50/10000" (null for none). result: threshold, value, value of deciding nothing positive, whether that is better, and the counts
 * TP, FP, FN, TN. */
int32_t cw_tune_threshold(const char *metric, const int32_t *truth, const double *scores, int64_t rows, const double *weights, const double *costs,
                          const char *constraints, int32_t positive, double *result);

/* The offset per class that is best for a metric (or for costs, classes x classes); values: with the offsets, and without. */
int32_t cw_tune_offsets(const char *metric, const int32_t *truth, const double *scores, int64_t rows, int64_t classes, const double *weights,
                        const double *costs, int64_t seed, double *offsets, double *values);

/* Fits a calibration ("isotonic", "platt", "beta", "temperature", "vector") and gives it as the text of a decision file (CW_TEXT). */
int32_t cw_calibrate(const char *method, const double *probabilities, const int32_t *truth, int64_t rows, int64_t classes, const double *weights,
                     cw_handle *result);

/* Reads the text of a decision file; file is its name for messages, or null. Decides rows of scores. Gives the probabilities that the last rule of the
 * decision sees, after prior correction and calibration: rows x classes. */
int32_t cw_decision(const char *json, const char *file, cw_handle *result);
int32_t cw_decide(cw_handle decision, const double *scores, int64_t rows, int64_t columns, int32_t *decisions);
int32_t cw_transform(cw_handle decision, const double *probabilities, int64_t rows, double *destination);

#ifdef __cplusplus
}
#endif

#endif
