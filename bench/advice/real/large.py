"""Writes made tables of the sizes that a default comparison has to answer within minutes, as DIR/NAME.csv with a column 'target':

    python3 bench/advice/real/large.py DIR [NAME ...]

fraud      284,807 rows x 30 of two classes, 492 of the rare one: the shape of the card payments of Dal Pozzolo and others (2015)
million    1,000,000 rows x 30 of two classes, 1% of the rare one
hundred    100,000 rows x 20 of a hundred classes, the largest fifty times the smallest

Every class is two Gaussian clouds that the first third of the columns tells from those of others, and one row in fifty has the features of another class. All
seeds are given, so that the files are the same everywhere.
"""
import pathlib
import sys

import numpy as np

SHAPES = {  # rows, columns, sizes of the classes
    "fraud": (30, [284_315, 492]),
    "million": (30, [990_000, 10_000]),
    "hundred": (20, (lambda s: [int(n) for n in np.round(100_000 * s / s.sum())])(50 ** (-np.arange(100) / 99))),
}


def table(name):
    columns, sizes = SHAPES[name]
    dice = np.random.default_rng(len(name))
    told = max(4, columns // 3)
    clouds = dice.normal(size=(len(sizes), 2, told)) * (0.9 if len(sizes) == 2 else 1.6)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    of = np.where(dice.random(len(labels)) < 0.02, dice.choice(labels, len(labels)), labels)
    x = dice.normal(size=(len(labels), columns)) @ np.triu(np.full((columns, columns), 0.15) + 0.85 * np.eye(columns))
    x[:, :told] += clouds[of, dice.integers(0, 2, len(labels))]
    order = dice.permutation(len(labels))
    return x[order], labels[order]


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or SHAPES:
        x, y = table(name)
        with open(folder / f"{name}.csv", "w") as file:
            file.write(",".join(f"x{i}" for i in range(x.shape[1])) + ",target\n")
            for row, label in zip(x, y):
                file.write(",".join(f"{v:.4g}" for v in row) + f",c{label}\n")
        print(name, *x.shape, "rows by class:", min(np.bincount(y)), "to", max(np.bincount(y)))
