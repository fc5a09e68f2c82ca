/* The C interface at its edges: every call gives a status, and none ends the process. Built with the address sanitiser where the compiler has it. */
#include "counterweight.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures = 0;

#define CHECK(condition)                                                                    \
    do {                                                                                    \
        if (!(condition)) {                                                                 \
            printf("line %d: %s (%s)\n", __LINE__, #condition, cw_last_error());            \
            failures++;                                                                     \
        }                                                                                   \
    } while (0)

static double *rows_of(int64_t rows, int64_t columns) {
    double *values = malloc(sizeof(double) * rows * columns);
    uint64_t state = 88172645463325252ull;
    for (int64_t i = 0; i < rows * columns; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        values[i] = (double)(state >> 11) / 9007199254740992.0;
    }
    return values;
}

static int32_t *codes_of(int64_t rows, int every) {
    int32_t *codes = malloc(sizeof(int32_t) * rows);
    for (int64_t i = 0; i < rows; i++) codes[i] = i % every == 0;
    return codes;
}

static double smote_sum(int64_t rows) {
    double *values = rows_of(rows, 4), sum = 0;
    int32_t *codes = codes_of(rows, 10);
    cw_handle result = 0;
    int64_t size = 0;
    if (cw_resample("smote(k=5)", "auto", values, CW_FLOAT64, rows, 4, NULL, 0, codes, 2, 7, &result) != CW_OK) return NAN;
    if (cw_size(result, CW_ROWS, &size) != CW_OK) return NAN;
    double *made = malloc(sizeof(double) * size);
    if (cw_copy(result, CW_ROWS, made, size * (int64_t)sizeof(double)) != CW_OK) return NAN;
    for (int64_t i = 0; i < size; i++) sum += made[i];
    cw_free(result);
    free(made), free(values), free(codes);
    return sum;
}

static void *many(void *expected) {
    for (int i = 0; i < 50; i++) {
        if (smote_sum(400) != *(double *)expected) return (void *)1;
        /* Every thread has its own message. */
        double weight;
        int64_t count = -1;
        if (cw_class_weights(&count, 1, "balanced", "none", INFINITY, 0, &weight) != CW_BAD_ARGUMENT || strlen(cw_last_error()) == 0) return (void *)1;
    }
    return NULL;
}

static void usual(void) {
    int64_t counts[2] = {900, 100};
    double weights[2];
    CHECK(cw_class_weights(counts, 2, "balanced", "none", INFINITY, CW_EMPTY_ERROR, weights) == CW_OK && weights[1] == 5);
    int64_t labels[5] = {7, -3, 7, 7, 1000};
    int32_t codes[5];
    cw_handle handle;
    int64_t size;
    CHECK(cw_encode(labels, CW_INT64, 5, codes, &handle) == CW_OK && codes[0] == 1 && codes[1] == 0 && codes[4] == 2);
    CHECK(cw_size(handle, CW_VALUES, &size) == CW_OK && size == 3);
    CHECK(cw_free(handle) == CW_OK);
    CHECK(cw_free(handle) == CW_BAD_ARGUMENT);
    CHECK(cw_size(handle, CW_VALUES, &size) == CW_BAD_ARGUMENT);
    CHECK(cw_free(0) == CW_OK);
    double draws[3] = {0, 0, 1};
    int64_t drawn[4];
    CHECK(cw_sampler_weighted(draws, CW_FLOAT64, 3, 4, 1, 1, &handle) == CW_OK);
    CHECK(cw_sampler_fill(handle, 0, 0, drawn, 4) == CW_OK && drawn[0] == 2 && drawn[3] == 2);
    CHECK(cw_sampler_fill(handle, 0, 1, drawn, 4) == CW_BAD_ARGUMENT);
    CHECK(cw_sampler_fill(handle, -1, 0, drawn, 4) == CW_BAD_ARGUMENT);
    CHECK(cw_size(handle, CW_ROWS, &size) == CW_BAD_ARGUMENT);
    CHECK(cw_free(handle) == CW_OK);
    int32_t truth[4] = {0, 0, 1, 1};
    double scores[4] = {0.1, 0.4, 0.35, 0.8}, value;
    CHECK(cw_metric("roc-auc", truth, 4, 2, NULL, scores, 1, 0, NULL, 1, &value) == CW_OK && value == 0.75);
}

static void edges(void) {
    double value = 0, eight[8];
    int64_t big = (int64_t)1 << 40, one64 = 1, counts[2] = {1, 1};
    int32_t code = 0, codes[4] = {0, 1, 0, 1};
    double values[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    cw_handle handle = 0;
    const int64_t sizes[] = {0, 1, 2, -1, (int64_t)1 << 31, (int64_t)1 << 40, INT64_MAX, INT64_MIN};
    const char *methods[] = {"smote", "random-over", "random-under", "tomek-links", "enn", "cluster-centroids", "svm-smote", "", "nonsense(", "smote(k=0)",
                             "smote(k=99999999999)", "\xff\xfe"};
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            /* Null for the rows, for the codes, for all; and sizes of which the library may not read more than are there. */
            CHECK(cw_resample(methods[m], "auto", NULL, CW_FLOAT64, sizes[s], 2, NULL, 0, codes, 2, 0, &handle) != CW_OK);
            int64_t rows = sizes[s] > 2 ? sizes[s] : 1;
            CHECK(cw_resample(methods[m], "auto", values, CW_FLOAT64, rows, rows > 1 ? 2 : 0, NULL, 0, NULL, 2, 0, &handle) != CW_OK);
            CHECK(cw_resample(methods[m], "auto", NULL, CW_FLOAT64, 0, sizes[s], NULL, 0, NULL, 2, 0, &handle) != CW_OK);
            CHECK(cw_resample(methods[m], "auto", values, 3, 2, 2, NULL, 0, codes, 2, 0, &handle) != CW_OK);
        }
    CHECK(cw_resample(NULL, "auto", values, CW_FLOAT64, 4, 2, NULL, 0, codes, 2, 0, &handle) == CW_BAD_ARGUMENT);
    CHECK(cw_resample("smote(k=1)", NULL, values, CW_FLOAT64, 4, 2, NULL, 0, codes, 2, 0, &handle) == CW_BAD_ARGUMENT);
    CHECK(cw_resample("smote(k=1)", "auto", values, CW_FLOAT64, 4, 2, NULL, 0, codes, 2, 0, NULL) == CW_BAD_ARGUMENT);
    CHECK(cw_resample("smote(k=1)", "auto", (char *)values + 1, CW_FLOAT64, 3, 2, NULL, 0, codes, 2, 0, &handle) == CW_BAD_ARGUMENT);
    CHECK(cw_resample("smote(k=1)", "auto", values, CW_FLOAT64, 4, 2, NULL, 0, codes, 0, 0, &handle) == CW_BAD_ARGUMENT);
    CHECK(cw_resample("smote(k=1)", "auto", values, CW_FLOAT64, 4, 2, NULL, 0, codes, big, 0, &handle) == CW_BAD_ARGUMENT);
    CHECK(cw_resample("smote(k=1)", "0=2,1=4000000000000", values, CW_FLOAT64, 4, 2, NULL, 0, codes, 2, 0, &handle) != CW_OK);
    int32_t out[4] = {0, 5, 0, 1}, column = 9;
    CHECK(cw_resample("smote(k=1)", "auto", values, CW_FLOAT64, 4, 2, NULL, 0, out, 2, 0, &handle) == CW_BAD_ARGUMENT);
    CHECK(cw_resample("smote(k=1)", "auto", values, CW_FLOAT64, 4, 2, &column, 1, codes, 2, 0, &handle) == CW_BAD_ARGUMENT);
    double missing[8] = {0, 1, NAN, 3, 4, 5, 6, 7};
    CHECK(cw_resample("smote(k=1)", "auto", missing, CW_FLOAT64, 4, 2, NULL, 0, codes, 2, 0, &handle) == CW_BAD_DATA && strstr(cw_last_error(), "row 2"));
    for (size_t s = 3; s < sizeof sizes / sizeof *sizes; s++) {
        CHECK(cw_encode(counts, CW_INT64, sizes[s], codes, &handle) != CW_OK);
        CHECK(cw_class_weights(counts, sizes[s], "balanced", "none", INFINITY, 0, values) != CW_OK);
        CHECK(cw_explain(counts, sizes[s], NULL, "balanced", "none", 1, "sum", 0.8, &handle) != CW_OK);
        CHECK(cw_sampler("class-balanced", codes, sizes[s], 2, NULL, 0, 0, 0, &handle) != CW_OK);
        CHECK(cw_sampler("class-balanced", codes, 4, sizes[s], NULL, 0, 0, 0, &handle) != CW_OK);
        CHECK(cw_sampler_weighted(values, CW_FLOAT64, sizes[s], 1, 1, 0, &handle) != CW_OK);
        CHECK(cw_metric("roc-auc", codes, sizes[s], 2, NULL, values, 1, 0, NULL, 1, &value) != CW_OK);
        CHECK(cw_metric("roc-auc", codes, 4, 2, NULL, values, sizes[s], 0, NULL, 1, &value) != CW_OK);
        CHECK(cw_confusion(codes, codes, sizes[s], 2, NULL, values) != CW_OK);
        CHECK(cw_confusion(codes, codes, 4, sizes[s], NULL, values) != CW_OK);
        CHECK(cw_bootstrap("f1", codes, sizes[s], 2, codes, NULL, 0, 0, NULL, 1, 0.95, 20, 0, 1, 0, values) != CW_OK);
        CHECK(cw_delong(codes, values, NULL, sizes[s], 0.95, 1, eight) != CW_OK);
        CHECK(cw_tune_threshold("f1", codes, values, sizes[s], NULL, NULL, NULL, 1, eight) != CW_OK);
        CHECK(cw_tune_offsets("f1", codes, values, sizes[s], 2, NULL, NULL, 0, eight, eight) != CW_OK);
        CHECK(cw_calibrate("platt", values, codes, sizes[s], 2, NULL, &handle) != CW_OK);
        CHECK(cw_take(values, 8, 8, &one64, sizes[s], eight) != CW_OK);
        CHECK(cw_take(values, 8, sizes[s] < 0 ? sizes[s] : 0, &one64, 1, eight) != CW_OK);
    }
    int64_t beyond = 8, negative = -1;
    CHECK(cw_take(values, 8, 8, &beyond, 1, eight) == CW_BAD_ARGUMENT);
    CHECK(cw_take(values, 8, 8, &negative, 1, eight) == CW_BAD_ARGUMENT);
    CHECK(cw_encode(NULL, CW_INT64, 4, codes, &handle) == CW_BAD_ARGUMENT);
    CHECK(cw_encode(counts, 77, 2, codes, &handle) == CW_BAD_ARGUMENT);
    CHECK(cw_encode(counts, CW_INT64, 0, NULL, &handle) == CW_OK && cw_free(handle) == CW_OK);
    int64_t wide[3] = {INT64_MIN, 0, INT64_MAX};
    CHECK(cw_encode(wide, CW_INT64, 3, codes, &handle) == CW_BAD_ARGUMENT);
    CHECK(cw_class_weights(NULL, 2, "balanced", "none", INFINITY, 0, values) == CW_BAD_ARGUMENT);
    CHECK(cw_class_weights(counts, 2, NULL, "none", INFINITY, 0, values) == CW_BAD_ARGUMENT);
    CHECK(cw_class_weights(counts, 2, "balanced", NULL, INFINITY, 0, values) == CW_BAD_ARGUMENT);
    CHECK(cw_class_weights(counts, 2, "balanced", "none", NAN, 0, values) == CW_BAD_ARGUMENT);
    CHECK(cw_class_weights(counts, 2, "balanced", "none", INFINITY, 9, values) == CW_BAD_ARGUMENT);
    CHECK(cw_class_weights(counts, 2, "balanced", "none", INFINITY, 0, NULL) == CW_BAD_ARGUMENT);
    CHECK(cw_size(12345, 0, &big) == CW_BAD_ARGUMENT && cw_copy(12345, 0, values, 8) == CW_BAD_ARGUMENT);
    CHECK(cw_size(12345, 0, NULL) == CW_BAD_ARGUMENT);
    CHECK(cw_sampler_length(12345, &big) == CW_BAD_ARGUMENT && cw_sampler_length(0, NULL) == CW_BAD_ARGUMENT);
    CHECK(cw_sampler_part(12345, 0, 1, 0, &handle) == CW_BAD_ARGUMENT);
    CHECK(cw_decide(12345, values, 1, 1, &code) == CW_BAD_ARGUMENT && cw_transform(12345, values, 1, eight) == CW_BAD_ARGUMENT);
    CHECK(cw_decision("{", NULL, &handle) == CW_BAD_DATA && cw_decision(NULL, NULL, &handle) == CW_BAD_ARGUMENT);
    CHECK(cw_decision("[1]", "a file", &handle) == CW_BAD_DATA && strstr(cw_last_error(), "a file"));
    CHECK(cw_set_threads(-1) == CW_BAD_ARGUMENT && cw_set_threads(0) == CW_OK);
    CHECK(cw_metric("nonsense", codes, 4, 2, codes, NULL, 0, 0, NULL, 1, &value) == CW_BAD_ARGUMENT);
    CHECK(cw_metric("f1", codes, 4, 2, NULL, NULL, 0, 0, NULL, 1, &value) != CW_OK);
    CHECK(cw_metric("f1", codes, 4, 2, codes, NULL, 0, 0, NULL, 1, NULL) == CW_BAD_ARGUMENT);
    CHECK(cw_tune_threshold("roc-auc", codes, values, 4, NULL, NULL, NULL, 1, eight) == CW_BAD_ARGUMENT);
    CHECK(cw_tune_threshold("f1", codes, values, 4, NULL, NULL, "recall>=2", 1, eight) == CW_BAD_ARGUMENT);
    CHECK(cw_tune_threshold("f1", codes, values, 4, NULL, NULL, NULL, 7, eight) != CW_OK);
    CHECK(cw_delong(codes, values, NULL, 4, 1.5, 1, eight) == CW_BAD_ARGUMENT);
    CHECK(cw_bootstrap("f1", codes, 4, 2, codes, NULL, 0, 0, NULL, 1, 0.95, 1, 0, 1, 0, values) == CW_BAD_ARGUMENT);
    CHECK(cw_bootstrap("f1", codes, 4, 2, codes, NULL, 0, 0, NULL, 1, 0.95, 20, 77, 1, 0, values) == CW_BAD_ARGUMENT);
    char *endless = malloc(1 << 20);
    memset(endless, 'x', (1 << 20) - 1);
    endless[(1 << 20) - 1] = 0;
    CHECK(cw_metric(endless, codes, 4, 2, codes, NULL, 0, 0, NULL, 1, &value) == CW_BAD_ARGUMENT && strlen(cw_last_error()) < 20000);
    free(endless);
}

int main(void) {
    CHECK(strlen(cw_version()) > 0 && strlen(cw_last_error()) == 0);
    usual();
    edges();
    double expected = smote_sum(400);
    CHECK(expected == expected);
    pthread_t threads[6];
    for (int t = 0; t < 6; t++) pthread_create(&threads[t], NULL, many, &expected);
    for (int t = 0; t < 6; t++) {
        void *bad;
        pthread_join(threads[t], &bad);
        CHECK(bad == NULL);
    }
    double large = smote_sum(60000);
    usleep(100000);
    pid_t child = fork();
    if (child == 0) {
        alarm(120);
        int good = cw_threads() == 1 && smote_sum(60000) == large && smote_sum(60000) == large;
        _exit(good ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK(smote_sum(60000) == large);
    printf("%d failures\n", failures);
    return failures != 0;
}
