"""Makes the CSV of bench/data.md, or counts its labels the way Python does.

    python3 data.py make big.csv        a file of 10^9 bytes
    python3 data.py count big.csv       csv.reader and collections.Counter
"""
import collections
import csv
import random
import sys
import time


def make(path, size=10**9):
    random.seed(1)
    rows = [
        ",".join(
            ["%.6f" % random.gauss(0, 1) for _ in range(12)]
            + ["%d" % random.randrange(1000) for _ in range(5)]
            + [random.choice(["red", "green", "blue"]), random.choice("abcdefgh"), "yes" if random.random() < 0.03 else "no"]
        )
        for _ in range(20000)
    ]
    block = ("\n".join(rows) + "\n").encode()
    with open(path, "wb") as file:
        file.write((",".join(f"c{i}" for i in range(19)) + ",y\n").encode())
        while file.tell() < size:
            file.write(block)


def count(path):
    start = time.time()
    with open(path, newline="") as file:
        reader = csv.reader(file)
        label = next(reader).index("y")
        print(dict(collections.Counter(row[label] for row in reader)), f"{time.time() - start:.2f} s")


{"make": make, "count": count}[sys.argv[1]](sys.argv[2])
