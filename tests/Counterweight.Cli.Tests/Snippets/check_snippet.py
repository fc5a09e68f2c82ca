"""Runs a snippet of 'weights --emit' from standard input: check_snippet.py FRAMEWORK single|masks|labels

The classes are ham and spam with the weights 5/9 and 5; the labels have the positive weights 9 and 1. Frameworks that are installed are used; of those that
are not, the few names that the snippet imports are stood in for, and what it hands them is looked at. Prints 'ran', or 'parsed' where PyTorch is missing.
"""
import ast
import importlib.util
import math
import sys
import types

framework, kind = sys.argv[1:3]
code = sys.stdin.read()
ast.parse(code)
HAM, SPAM = 1000 / 1800, 5.0


class Recorder:
    def __init__(self, *args, **kwargs):
        self.args, self.kwargs = args, kwargs

    def parameters(self):
        import torch
        return iter([torch.zeros(1)])

    def load(self, weights):
        self.loaded = weights

    def log(self, name, value):
        self.logged = (name, value)


made_by_hand = set()


def stand_in(name, **members):
    """A module by hand, unless the real one is installed."""
    parts = name.split(".")
    if parts[0] not in made_by_hand and importlib.util.find_spec(parts[0]) is not None:
        return
    made_by_hand.add(parts[0])
    for i in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:i]), types.ModuleType(".".join(parts[:i])))
    for key, value in members.items():
        setattr(sys.modules[name], key, value)


needs = {"pytorch", "huggingface", "lightning", "yolo"}
if framework in needs and importlib.util.find_spec("torch") is None or kind == "masks" and importlib.util.find_spec("numpy") is None \
        or framework == "xgboost" and kind == "single" and importlib.util.find_spec("numpy") is None:
    print("parsed")
    sys.exit()
if framework in needs:
    import torch
    stand_in("lightning", LightningModule=type("LightningModule", (torch.nn.Module,), {"log": Recorder.log}))
stand_in("transformers", Trainer=Recorder)
stand_in("ultralytics.models.yolo.detect", DetectionTrainer=Recorder)
stand_in("ultralytics.nn.tasks", DetectionModel=Recorder)
stand_in("ultralytics.utils.loss", v8DetectionLoss=Recorder)
for name, member in (("xgboost", "XGBClassifier"), ("catboost", "CatBoostClassifier"), ("lightgbm", "LGBMClassifier")):
    stand_in(name, **{member: Recorder})
stand_in("sklearn.linear_model", LogisticRegression=Recorder)
stand_in("sklearn.ensemble", RandomForestClassifier=Recorder)
stand_in("keras", losses=types.SimpleNamespace(SparseCategoricalCrossentropy=Recorder))
made = {}
exec(compile(code, framework, "exec"), made)


def near(found, expected):
    assert abs(found - expected) < 1e-5, (found, expected)


def softplus(x):
    return math.log1p(math.exp(x))


# Two rows, logits (1, 0) of a ham and (2, 0) of a spam: the weighted mean by hand.
crossed = (HAM * softplus(-1) + SPAM * softplus(2)) / (HAM + SPAM)
# One row, logits (1, -1), labels (1, 0), positive weights 9 and 1: the mean over labels by hand.
binary = (9 * softplus(-1) + softplus(-1)) / 2
if framework in needs:
    logits, codes = torch.tensor([[1.0, 0.0], [2.0, 0.0]]), torch.tensor([0, 1])
    scores, labels = torch.tensor([[1.0, -1.0]]), torch.tensor([[1.0, 0.0]])
if kind == "labels" and "logit_shift" in made:
    near(float(made["logit_shift"][0]), math.log(9))
    near(float(made["logit_shift"][1]), 0)
if framework == "pytorch":
    near(float(made["loss"](logits, codes) if kind == "single" else made["loss"](scores, labels)), crossed if kind == "single" else binary)
    if kind == "single":
        near(float(made["pos_weight"][0]), 9)
elif framework == "huggingface":
    trainer = made["WeightedTrainer"].__new__(made["WeightedTrainer"])
    inputs = {"labels": codes if kind == "single" else labels, "x": logits if kind == "single" else scores}
    near(float(trainer.compute_loss(lambda x: types.SimpleNamespace(logits=x), inputs)), crossed if kind == "single" else binary)
    loss, outputs = trainer.compute_loss(lambda x: types.SimpleNamespace(logits=x), inputs, return_outputs=True)
    assert outputs.logits is inputs["x"] and "labels" in inputs
    if kind == "single":  # tokens, one of them ignored
        tokens = {"labels": torch.tensor([[0, 1, -100]]), "x": torch.tensor([[[1.0, 0.0], [2.0, 0.0], [9.0, 9.0]]])}
        near(float(trainer.compute_loss(lambda x: types.SimpleNamespace(logits=x), tokens, num_items_in_batch=2)), crossed)
elif framework == "lightning":
    module = made["Weighted"](torch.nn.Identity())
    near(float(module.training_step((logits, codes) if kind == "single" else (scores, labels), 0)), crossed if kind == "single" else binary)
    assert any("loss" in key or "weight" in key for key, _ in module.named_buffers())
elif framework == "yolo":
    if "Recorder" in str(made["DetectionModel"]):
        trainer = made["WeightedTrainer"]()
        trainer.data = {"nc": 2}
        model = trainer.get_model("yolo.yaml", "yolo.pt")
        assert model.kwargs["nc"] == 2 and model.loaded == "yolo.pt"
        near(float(model.init_criterion().bce(torch.tensor([[1.0, -1.0]]), torch.tensor([[1.0, 1.0]]))[0, 1]), SPAM * softplus(1))
elif framework == "mmseg":
    loss = made["model"]["decode_head"]["loss_decode"]
    assert loss["class_weight"] == [HAM, SPAM] and loss["type"] == "CrossEntropyLoss"
elif framework == "keras" and kind == "masks":
    import numpy as np
    x, codes, weights = made["with_weights"](None, [[0, 1, 255], [1, 0, -100]])
    assert codes.tolist() == [[0, 1, 0], [1, 0, 0]]
    np.testing.assert_allclose(weights, [[HAM, SPAM, 0], [SPAM, HAM, 0]], rtol=1e-6)
elif framework == "keras" and kind == "single":
    assert made["class_weight"] == {0: HAM, 1: SPAM}
elif framework == "xgboost" and kind == "single":
    assert made["sample_weight"]([1, 0]).tolist() == [SPAM, HAM]
    if "Recorder" not in str(made["XGBClassifier"]):
        made["model"].fit([[0.0], [1.0], [2.0]], [0, 1, 1], sample_weight=made["sample_weight"]([0, 1, 1]))
        assert made["binary_model"].get_params()["scale_pos_weight"] == 9
elif framework == "catboost" and kind == "single":
    assert made["class_weights"] == {"ham": HAM, "spam": SPAM}
elif framework in ("sklearn", "lightgbm") and kind == "single":
    assert made["class_weight"] == {"ham": HAM, "spam": SPAM}
    if framework == "sklearn":
        made["model"].fit([[0.0], [1.0], [2.0]], ["ham", "spam", "spam"]) if "Recorder" not in str(made["LogisticRegression"]) else None
elif framework == "sklearn":
    assert made["class_weight"] == [{0: 1.0, 1: 9.0}, {0: 1.0, 1: 1.0}]
    if "Recorder" not in str(made["RandomForestClassifier"]):
        made["model"].fit([[0.0], [1.0], [2.0]], [[0, 1], [1, 0], [0, 0]])
elif kind == "labels" and framework in ("xgboost", "catboost", "lightgbm"):
    assert made["scale_pos_weight"] == {"a b": 9.0, "c": 1.0} and set(made["models"]) == {"a b", "c"}
print("ran")
