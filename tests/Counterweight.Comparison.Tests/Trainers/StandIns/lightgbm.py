"""The few names of LightGBM that the template uses, by hand on numpy: boosted stumps with the second-order leaves of LightGBM."""
import numpy as np


class Dataset:
    def __init__(self, data, label=None, reference=None, weight=None, free_raw_data=True):
        assert len(data) == len(label) and (weight is None or len(weight) == len(data)) and (reference is None or type(reference) is Dataset)
        self.data, self.label, self.weight = data, label, np.ones(len(data)) if weight is None else weight


def early_stopping(stopping_rounds, verbose=True):
    return ("early_stopping", stopping_rounds)


class Booster:
    def __init__(self, classes):
        self.classes, self.stumps = classes, []

    def raw(self, data):
        z = np.zeros((len(data), self.classes))
        for column, cut, low, high in self.stumps:
            z += np.where(np.nan_to_num(data[:, column])[:, None] <= cut, low, high)
        return z

    def predict(self, data):
        z = np.exp(self.raw(data))
        return z / z.sum(1, keepdims=True)


def train(params, train_set, num_boost_round=100, valid_sets=None, callbacks=None):
    known = {"objective", "num_class", "learning_rate", "seed", "verbose"}
    assert params.keys() <= known and params["objective"] == "multiclass" and train_set.label.max() < params["num_class"]
    assert [type(v) for v in valid_sets] == [Dataset] and callbacks == [("early_stopping", 20)], "early stopping needs rows that are not trained on"
    booster, random = Booster(params["num_class"]), np.random.default_rng(params["seed"])
    for _ in range(min(num_boost_round, 40)):
        p = booster.predict(train_set.data)
        slope = (p - np.eye(booster.classes)[train_set.label]) * train_set.weight[:, None]
        bend = p * (1 - p) * train_set.weight[:, None] + 1e-6
        column = random.integers(train_set.data.shape[1])
        cut = random.choice(np.nan_to_num(train_set.data[:, column]))
        low = np.nan_to_num(train_set.data[:, column]) <= cut
        leaf = [-params["learning_rate"] * slope[side].sum(0) / (bend[side].sum(0) + 1e-3) for side in (low, ~low)]
        booster.stumps.append((column, cut, *leaf))
    return booster
