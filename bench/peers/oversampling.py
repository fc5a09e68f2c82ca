"""Times imbalanced-learn's over-samplers; writes the rows for Counterweight's own run.

    OMP_NUM_THREADS=2 python3 bench/peers/oversampling.py FOLDER [REPEATS] [NAME ...]
    dotnet run -c Release --project bench/Counterweight.Benchmarks -- --quick oversampling FOLDER [REPEATS] [NAME ...]

Needs numpy, scikit-learn and imbalanced-learn with an optimised BLAS. Prints name, median and smallest milliseconds, rows afterwards.
"""
import os
import sys
import time
import warnings

import numpy as np
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import ADASYN, SMOTE, SVMSMOTE, BorderlineSMOTE, KMeansSMOTE, RandomOverSampler
from sklearn.datasets import make_classification

warnings.filterwarnings("ignore")
folder, repeats, wanted = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3, sys.argv[3:]
os.makedirs(folder, exist_ok=True)
x, y = make_classification(
    100_000, 20, n_informative=10, n_redundant=5, weights=[0.95], flip_y=0.01, class_sep=1, random_state=0)
x = x.astype(np.float32)
x.tofile(os.path.join(folder, "x.bin"))
y.astype(np.uint8).tofile(os.path.join(folder, "y.bin"))
methods = {
    "random-over": lambda s: RandomOverSampler(random_state=s),
    "random-over(shrinkage=1)": lambda s: RandomOverSampler(random_state=s, shrinkage=1.0),
    "smote": lambda s: SMOTE(random_state=s),
    "borderline-smote": lambda s: BorderlineSMOTE(random_state=s),
    "borderline-smote-2": lambda s: BorderlineSMOTE(random_state=s, kind="borderline-2"),
    "adasyn": lambda s: ADASYN(random_state=s),
    # The default threshold ends in an error on these rows.
    "kmeans-smote": lambda s: KMeansSMOTE(random_state=s, cluster_balance_threshold=0.05),
    "svm-smote": lambda s: SVMSMOTE(random_state=s),
    "smote-tomek": lambda s: SMOTETomek(random_state=s),
    "smote-enn": lambda s: SMOTEENN(random_state=s),
}
for name, make in methods.items():
    if wanted and name not in wanted:
        continue
    times = []
    for i in range(repeats):
        start = time.perf_counter()
        _, labels = make(i).fit_resample(x, y)
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    print(f"{name}\t{times[repeats // 2]:.1f}\t{times[0]:.1f}\t{len(labels)}", flush=True)
