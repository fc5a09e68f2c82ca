"""Prints a long-tailed part of Fashion-MNIST as CSV: a line per image, its number in the data set and its label."""
import gzip, random

FOLDER = "/usr/share/datasets/fashion-mnist/"
NAMES = ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot"]
labels = gzip.open(FOLDER + "train-labels-idx1-ubyte.gz").read()[8:]
rows = []
for code, name in enumerate(NAMES):
    numbers = [i for i, label in enumerate(labels) if label == code]
    random.Random(code).shuffle(numbers)
    rows += [(i, name) for i in numbers[: round(1500 * 0.02 ** (code / 9))]]  # 1,500 t-shirts, 30 ankle boots
random.Random(0).shuffle(rows)
print("image,label")
for i, name in rows:
    print(f"{i},{name}")
