"""The few names of Keras that the template uses, by hand on numpy: what it hands them is looked at, and a softmax regression is trained by Adam."""
import types

import numpy as np


def set_random_seed(seed):
    assert 0 <= seed < 2 ** 31
    np.random.seed(seed)


class Dense:
    def __init__(self, units, activation=None):
        self.units, self.activation = units, activation


class Sequential:
    def __init__(self, layers):
        assert [type(layer) for layer in layers] == [Dense] * len(layers) and layers[-1].activation == "softmax"
        self.classes, self.weights, self.steps = layers[-1].units, None, 0

    def compile(self, optimizer, loss):
        assert optimizer == "adam" and loss == "sparse_categorical_crossentropy", "labels are whole numbers"

    def fit(self, x, y, sample_weight=None, batch_size=32, shuffle=True, verbose="auto"):
        assert x.dtype == np.float32 and np.isfinite(x).all() and len(x) == len(y) == len(sample_weight) and y.max() < self.classes
        if self.weights is None:
            self.weights = 0.01 * np.random.standard_normal((x.shape[1] + 1, self.classes))
            self.mean, self.square = np.zeros_like(self.weights), np.zeros_like(self.weights)
        order = np.random.permutation(len(x)) if shuffle else np.arange(len(x))
        for start in range(0, len(x), batch_size):
            rows = order[start: start + batch_size]
            slope = self.predict(x[rows]) - np.eye(self.classes)[y[rows]]
            slope = np.c_[x[rows], np.ones(len(rows))].T @ (slope * sample_weight[rows, None]) / len(rows)
            self.steps += 1
            self.mean, self.square = 0.9 * self.mean + 0.1 * slope, 0.999 * self.square + 0.001 * slope ** 2
            rate = 0.03 * np.sqrt(1 - 0.999 ** self.steps) / (1 - 0.9 ** self.steps)
            self.weights -= rate * self.mean / (np.sqrt(self.square) + 1e-7)

    def predict(self, x, batch_size=None, verbose="auto"):
        z = np.c_[x, np.ones(len(x))] @ self.weights
        z = np.exp(z - z.max(1, keepdims=True))
        return z / z.sum(1, keepdims=True)


layers = types.SimpleNamespace(Dense=Dense)
utils = types.SimpleNamespace(set_random_seed=set_random_seed)
