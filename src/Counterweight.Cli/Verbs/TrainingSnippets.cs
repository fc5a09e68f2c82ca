using System.Globalization;

namespace Counterweight.Cli;

/// <summary>Code to paste for frameworks around PyTorch, for Keras, for boosting libraries, and for detectors and segmenters.</summary>
internal static class TrainingSnippets
{
    /// <summary>The frameworks, in the order of the help.</summary>
    internal static IReadOnlyList<string> Frameworks { get; } = ["keras", "huggingface", "lightning", "xgboost", "catboost", "yolo", "mmseg"];

    /// <summary>The code for a framework.</summary>
    /// <param name="framework">One of <see cref="Frameworks"/>.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="positive">The code of the positive class of two, else -1.</param>
    /// <param name="unit">What was counted: pixels have no class of their own in Keras.</param>
    internal static string For(string framework, ClassWeights weights, int positive, LabelUnit unit) => framework switch
    {
        "keras" => unit == LabelUnit.Pixels || unit == LabelUnit.Tokens ? KerasMasks(weights, unit) : Keras(weights),
        "huggingface" => HuggingFace(weights),
        "lightning" => Lightning(weights),
        "xgboost" => XGBoost(weights, positive),
        "catboost" => CatBoost(weights),
        "yolo" => Yolo(weights),
        "mmseg" => MmSegmentation(weights),
        _ => throw new FormatException($"There is no framework '{framework}'. {NearestName.Hint(framework, Frameworks)}"),
    };

    private static string Keras(ClassWeights weights) =>
        $"""
        import keras

        # {Snippets.Describe(weights)}
        class_weight = {Snippets.Braces(string.Join(", ", weights.ToArray().Select((w, c) => $"{c}: {Snippets.Digits(w)}")))}
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        # model.compile(loss=loss, ...); model.fit(x, codes, class_weight=class_weight)

        """;

    private static string KerasMasks(ClassWeights weights, LabelUnit unit) =>
        $$"""
        import numpy as np

        # {{Snippets.Describe(weights)}}
        class_weights = np.array([{{Snippets.Join(weights, Snippets.Digits)}}], dtype="float32")


        def with_weights(x, codes):
            # keras has no class_weight for {{unit.Name}}: each {{unit.Singular}} gets the weight of its class, and ignored ones (255, -100) the weight 0
            codes = np.asarray(codes)
            known = (codes >= 0) & (codes < len(class_weights))
            return x, np.where(known, codes, 0), np.where(known, class_weights[np.where(known, codes, 0)], 0)


        # model.fit(*with_weights(x, codes)[:2], sample_weight=with_weights(x, codes)[2])

        """;

    private static string HuggingFace(ClassWeights weights) =>
        $$"""
        import torch
        from torch import nn
        from transformers import Trainer

        # {{Snippets.Describe(weights)}}
        class_weights = torch.tensor([{{Snippets.Join(weights, Snippets.Digits)}}])


        class WeightedTrainer(Trainer):
            def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
                labels = inputs["labels"]
                outputs = model(**{k: v for k, v in inputs.items() if k != "labels"})
                logits = outputs.logits  # (rows, classes), or (rows, tokens, classes); the label -100 counts nowhere
                loss = nn.functional.cross_entropy(
                    logits.reshape(-1, logits.shape[-1]), labels.reshape(-1), weight=class_weights.to(logits), ignore_index=-100)
                return (loss, outputs) if return_outputs else loss

        """;

    private static string Lightning(ClassWeights weights) =>
        $$"""
        import lightning
        import torch
        from torch import nn


        class Weighted(lightning.LightningModule):
            def __init__(self, model):
                super().__init__()
                self.model = model
                # {{Snippets.Describe(weights)}}; a loss that is a part of the module moves to its device
                self.loss = nn.CrossEntropyLoss(weight=torch.tensor([{{Snippets.Join(weights, Snippets.Digits)}}]))

            def training_step(self, batch, batch_index):
                x, codes = batch
                loss = self.loss(self.model(x), codes)
                self.log("train_loss", loss)
                return loss

            def configure_optimizers(self):
                return torch.optim.AdamW(self.parameters(), lr=1e-3)

        """;

    private static string XGBoost(ClassWeights weights, int positive)
    {
        string binary = positive < 0
            ? ""
            : $"""

            # or, with labels 0 and 1 where 1 is {Snippets.Comment(weights, positive)}:
            binary_model = XGBClassifier(scale_pos_weight={Snippets.Digits(Snippets.Ratio(weights, positive))})

            """;
        return $$"""
            import numpy as np
            from xgboost import XGBClassifier

            # {{Snippets.Describe(weights)}}
            class_weights = np.array([{{Snippets.Join(weights, Snippets.Digits)}}])
            model = XGBClassifier()


            def sample_weight(codes):
                return class_weights[np.asarray(codes)]  # model.fit(x, codes, sample_weight=sample_weight(codes))

            """ + binary;
    }

    private static string CatBoost(ClassWeights weights) =>
        $"""
        from catboost import CatBoostClassifier

        # {Snippets.Describe(weights)}
        class_weights = {Snippets.Dictionary(weights)}
        model = CatBoostClassifier(class_weights=class_weights)

        """;

    private static string Yolo(ClassWeights weights) =>
        $$"""
        import torch
        from torch import nn
        from ultralytics.models.yolo.detect import DetectionTrainer
        from ultralytics.nn.tasks import DetectionModel
        from ultralytics.utils.loss import v8DetectionLoss

        # {{Snippets.Describe(weights)}}
        class_weights = torch.tensor([{{Snippets.Join(weights, Snippets.Digits)}}])


        class WeightedModel(DetectionModel):
            def init_criterion(self):
                loss = v8DetectionLoss(self)
                # the classes are judged one by one against the rest: the weight is that of the positive term
                loss.bce = nn.BCEWithLogitsLoss(reduction="none", pos_weight=class_weights.to(next(self.parameters()).device))
                return loss


        class WeightedTrainer(DetectionTrainer):
            def get_model(self, cfg=None, weights=None, verbose=True):
                model = WeightedModel(cfg, nc=self.data["nc"], verbose=verbose)
                if weights:
                    model.load(weights)
                return model


        # YOLO("yolo11n.pt").train(data="data.yaml", trainer=WeightedTrainer)

        """;

    private static string MmSegmentation(ClassWeights weights) =>
        $$"""
        # {{Snippets.Describe(weights)}}
        # a part of the config file; auxiliary heads take the same loss_decode
        model = dict(
            decode_head=dict(
                loss_decode=dict(
                    type="CrossEntropyLoss",
                    use_sigmoid=False,
                    loss_weight=1.0,
                    avg_non_ignore=True,
                    class_weight=[{{Snippets.Join(weights, Snippets.Digits)}}],
                )
            )
        )

        """;
}
