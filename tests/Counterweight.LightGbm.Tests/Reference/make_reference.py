"""Trains LightGBM as its command-line program does: data from a file, parameters from text, model and predictions to files.

    python3 make_reference.py PATH_TO_lib_lightgbm OUTPUT_FOLDER

It calls the official native library through ctypes and shares no code with the C# binding. The data come from a fixed
recurrence; their values are multiples of 1/8, so that every reader of decimal numbers reads the same bits.
"""
import ctypes
import os
import sys

library, folder = ctypes.CDLL(sys.argv[1]), sys.argv[2]
library.LGBM_GetLastError.restype = ctypes.c_char_p


def call(name, *arguments):
    if getattr(library, name)(*arguments) != 0:
        raise RuntimeError(library.LGBM_GetLastError().decode())


def numbers(seed):
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        yield (state >> 33) / 2 ** 31


def table(name, rows, classes, seed):
    draw = numbers(seed)
    eighth = lambda: round((next(draw) + next(draw) + next(draw) - 1.5) * 16) / 8
    with open(os.path.join(folder, name + ".csv"), "w") as file, open(os.path.join(folder, name + ".csv.weight"), "w") as weights:
        for _ in range(rows):
            category = int(next(draw) * 9)
            x = [category] + [eighth() for _ in range(5)]
            score = x[1] + x[2] * x[3] + (1.5 if category in (2, 3, 7) else 0) + 2 * next(draw)
            label = sum(score > 2.2 + 1.2 * c for c in range(classes - 1))
            x[4] = "nan" if next(draw) < 0.2 else x[4]
            file.write(",".join(str(v) for v in [label] + x) + "\n")
            weights.write(f"{1 + int(next(draw) * 4) / 4}\n")


def train(name, rounds, parameters):
    data, booster, done = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_int()
    path = lambda end: os.path.join(folder, name + end).encode()
    call("LGBM_DatasetCreateFromFile", path(".csv"), parameters.encode(), None, ctypes.byref(data))
    call("LGBM_BoosterCreate", data, parameters.encode(), ctypes.byref(booster))
    for _ in range(rounds):
        call("LGBM_BoosterUpdateOneIter", booster, ctypes.byref(done))
    call("LGBM_BoosterSaveModel", booster, 0, -1, 0, path(".model.txt"))
    call("LGBM_BoosterPredictForFile", booster, path(".csv"), 0, 0, 0, -1, b"verbosity=-1", path(".predictions.txt"))


common = "verbosity=-1 seed=3 deterministic=true force_col_wise=true categorical_feature=0 min_data_in_leaf=5 num_leaves=12 learning_rate=0.2 "
table("binary", 600, 2, 1)
train("binary", 12, common + "objective=binary scale_pos_weight=2.5 lambda_l2=0.5")
table("multiclass", 700, 3, 2)
train("multiclass", 8, common + "objective=multiclass num_class=3 bagging_fraction=0.7 bagging_freq=1 feature_fraction=0.8 max_bin=31")
