"""Samplers with torch: the drop-in, loaders and their workers, ranks, saved positions."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from counterweight import torch as ours
from counterweight.torch import BalancedBatchSampler, ClassBalancedSampler, ProgressiveSampler, RepeatFactorSampler, WeightedRandomSampler

labels = np.array([0] * 900 + [1] * 90 + [2] * 10)
weights = (1 / np.bincount(labels))[labels]


def made(name, **named):
    """A sampler of each kind."""
    return {
        "weighted": lambda: WeightedRandomSampler(weights, 1000, **named), "weighted-once": lambda: WeightedRandomSampler(weights, 300, False, **named),
        "balanced": lambda: ClassBalancedSampler(labels, **named), "root": lambda: ClassBalancedSampler(labels, power=0.5, **named),
        "repeat": lambda: RepeatFactorSampler(labels, threshold=0.1, **named), "progressive": lambda: ProgressiveSampler(labels, epochs=5, **named),
        "batches": lambda: BalancedBatchSampler(labels, batch_size=12, **named),
    }[name]()


KINDS = ["weighted", "weighted-once", "balanced", "root", "repeat", "progressive", "batches"]


@pytest.mark.parametrize("kind", KINDS)
def test_length_and_epochs(kind):
    sampler = made(kind, seed=3)
    first, second = list(sampler), list(sampler)
    assert len(first) == len(second) == len(sampler)
    assert first != second
    sampler.set_epoch(0)
    assert list(sampler) == first
    assert list(sampler) == second
    assert sampler.epoch == 2
    flat = np.concatenate([np.atleast_1d(r) for r in first])
    assert flat.min() >= 0 and flat.max() < 1000
    np.testing.assert_array_equal(flat, made(kind, seed=3).indices(0))


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_position_goes_on_with_the_very_next_index(kind):
    sampler = made(kind, seed=5)
    reader = iter(sampler)
    head = [next(reader) for _ in range(17)]
    state = sampler.state_dict()
    rest = list(reader)
    after = list(sampler)
    other = made(kind, seed=99)
    other.load_state_dict(state)
    assert list(other) == rest
    assert list(other) == after
    resumed = pickle.loads(pickle.dumps(sampler))
    assert head and resumed.state_dict() == sampler.state_dict()


@pytest.mark.parametrize("kind", KINDS)
def test_ranks_share_one_sequence(kind):
    whole = made(kind, seed=7)
    parts = [made(kind, seed=7, num_replicas=4, rank=r) for r in range(4)]
    assert len({len(p) for p in parts}) == 1
    together = [i for p in parts for i in list(p)]
    assert together[:len(whole)] == list(whole)
    uneven = [list(made(kind, seed=7, num_replicas=3, rank=r, remainder="uneven")) for r in range(3)]
    whole.set_epoch(0)
    assert sum(uneven, []) == list(whole)


@pytest.mark.parametrize("workers", [0, 2])
def test_loader(workers):
    data = TensorDataset(torch.arange(1000), torch.from_numpy(labels))
    sampler = WeightedRandomSampler(torch.from_numpy(weights), 2000, seed=1)
    loader = DataLoader(data, batch_size=100, sampler=sampler, num_workers=workers)
    seen = torch.cat([y for _, y in loader])
    assert (torch.bincount(seen).float() / 2000 - 1 / 3).abs().max() < 0.05
    batches = DataLoader(data, batch_sampler=BalancedBatchSampler(labels, batch_size=30, seed=1), num_workers=workers)
    for _, y in batches:
        assert torch.bincount(y, minlength=3).tolist() == [10, 10, 10]
    assert len(batches) == len(BalancedBatchSampler(labels, batch_size=30, seed=1))


def test_loader_with_spawned_workers():
    data = TensorDataset(torch.arange(1000))
    loader = DataLoader(data, batch_size=50, sampler=ClassBalancedSampler(labels, seed=1), num_workers=1, multiprocessing_context="spawn")
    assert len(torch.cat([x for (x,) in loader])) == 1000


class Drawing(torch.utils.data.IterableDataset):
    """A data set that draws in its workers."""

    def __init__(self, sampler):
        self.sampler = sampler

    def __iter__(self):
        return iter(self.sampler)


def test_a_sampler_that_is_read_in_forked_workers():
    sampler = ClassBalancedSampler(labels, seed=4)
    expected = list(sampler)
    sampler.set_epoch(0)
    read = torch.cat(list(DataLoader(Drawing(sampler), batch_size=100, num_workers=1, multiprocessing_context="fork"))).tolist()
    assert read == expected


def test_the_constructor_is_torchs():
    import inspect

    theirs = list(inspect.signature(torch.utils.data.WeightedRandomSampler.__init__).parameters)
    assert list(inspect.signature(WeightedRandomSampler.__init__).parameters)[:len(theirs)] == theirs
    generator = torch.Generator().manual_seed(3)
    a = list(WeightedRandomSampler(weights.tolist(), 50, True, generator))
    assert a == list(WeightedRandomSampler(weights.tolist(), 50, True, torch.Generator().manual_seed(3)))
    torch.manual_seed(8)
    b = list(WeightedRandomSampler(weights, 50))
    torch.manual_seed(8)
    assert b == list(WeightedRandomSampler(weights, 50))
    for wrong in ((weights, 0), (weights, -1), (weights, True), (weights, 1.5), (weights[:, None], 5), (weights, 5, "yes"), (-weights, 5), (weights * np.nan, 5),
                  (weights * 0, 5), ([], 5), (weights, 1001, False), (["a"], 1)):
        for cls in (WeightedRandomSampler,):
            with pytest.raises(ValueError):
                cls(*wrong)


def test_shares_are_those_of_the_weights():
    drawn = np.bincount(WeightedRandomSampler([1.0, 0.0, 2.0, 7.0], 100_000, seed=0).indices(), minlength=4) / 100_000
    np.testing.assert_allclose(drawn, [0.1, 0, 0.2, 0.7], atol=0.006)
    single = WeightedRandomSampler(np.array([1, 0, 2, 7], dtype=np.float32), 100_000, seed=0).indices()
    np.testing.assert_allclose(np.bincount(single, minlength=4) / 100_000, [0.1, 0, 0.2, 0.7], atol=0.006)
    once = WeightedRandomSampler([1.0, 0.0, 2.0, 7.0], 3, replacement=False, seed=0)
    assert sorted(once) == [0, 2, 3]


def test_beyond_two_to_the_24():
    n = 2**24 + 1000
    heavy = np.zeros(n)
    heavy[-1] = 1.0
    assert set(WeightedRandomSampler(heavy, 5, seed=0)) == {n - 1}


def test_copies_and_wrong_arguments():
    sampler = made("balanced", seed=1)
    next(iter(sampler))
    again = copy.deepcopy(sampler)
    assert again.state_dict() == sampler.state_dict()
    for wrong in (dict(num_replicas=2, rank=2), dict(num_replicas=0), dict(rank=-1), dict(remainder="x"), dict(seed=1, generator=torch.Generator())):
        with pytest.raises(ValueError):
            made("balanced", **wrong)
    with pytest.raises(ValueError):
        sampler.load_state_dict({"epoch": 0})
    with pytest.raises(ValueError):
        sampler.load_state_dict({"epoch": 0, "position": 10**9, "seed": 1})
    with pytest.raises(ValueError):
        BalancedBatchSampler(labels, batch_size=2)
    with pytest.raises(ValueError):
        BalancedBatchSampler(labels, 12, rows_per_class=4)
    for method in ours.__all__:
        assert getattr(ours, method).__doc__
