"""What boosted trees make of texts: the most telling n-grams as columns, as 'gbdt' takes them, beside a truncated SVD made in the fold.

    OMP_NUM_THREADS=1 python3 bench/peers/text_boosting.py FILE.csv [--folds 3] [--rows N]     (columns label and text; N rows drawn by class)

Both stand on the same TF-IDF of words (1 and 2) and of characters inside words (3 to 5), and the same trees (scikit-learn's histogram boosting) learn
from both; the mean over stratified folds of the balanced accuracy and the seconds of features and trees are printed.
"""
import argparse
import csv
import time

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold, train_test_split


def chosen(words, characters, held, labels):
    kept = [SelectKBest(chi2, k=min(200, part.shape[1])).fit(part > 0, labels) for part in (words, characters)]
    return tuple(np.hstack([k.transform(p).toarray() for k, p in zip(kept, parts)]) for parts in ((words, characters), held))


def reduced(components):
    def of(words, characters, held, labels):
        from scipy.sparse import hstack
        svd = TruncatedSVD(components, random_state=0).fit(hstack([words, characters]).tocsr())
        return svd.transform(hstack([words, characters]).tocsr()), svd.transform(hstack(held).tocsr())
    return of


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=0)
    asked = parser.parse_args()
    with open(asked.file, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    texts, labels = np.array([r["text"] for r in rows], dtype=object), np.array([r["label"] for r in rows])
    if asked.rows:
        part = train_test_split(np.arange(len(labels)), train_size=asked.rows, stratify=labels, random_state=0)[0]
        texts, labels = texts[part], labels[part]
    methods = {"chi-squared, 400 columns": chosen, "SVD, 50": reduced(50), "SVD, 200": reduced(200)}
    scores, seconds = {m: [] for m in methods}, {m: 0.0 for m in methods}
    for train, test in StratifiedKFold(asked.folds, shuffle=True, random_state=0).split(texts, labels):
        makers = [TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
                  TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2)]
        parts = [m.fit_transform(texts[train]) for m in makers]
        held = [m.transform(texts[test]) for m in makers]
        for name, method in methods.items():
            begun = time.process_time()
            x, y = method(*parts, held, labels[train])
            model = HistGradientBoostingClassifier(early_stopping=True, random_state=0).fit(x, labels[train])
            scores[name].append(balanced_accuracy_score(labels[test], model.predict(y)))
            seconds[name] += time.process_time() - begun
    for name in methods:
        print(f"{name}: balanced accuracy {np.mean(scores[name]):.4f}, {seconds[name]:.0f} processor seconds", flush=True)


if __name__ == "__main__":
    main()
