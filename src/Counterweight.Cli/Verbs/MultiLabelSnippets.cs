using System.Globalization;

namespace Counterweight.Cli;

/// <summary>Code to paste for several labels a row: a positive weight per label.</summary>
internal static class MultiLabelSnippets
{
    /// <summary>The code for a framework.</summary>
    internal static string For(string framework, MultiLabelCounts counts, double[] weights)
    {
        string list = string.Join(", ", weights.Select(Snippets.Digits));
        string shifts = string.Join(", ", weights.Select(w => Snippets.Digits(w > 0 ? PositiveWeight.LogitShift(w) : 0)));
        string names = string.Join(", ", counts.Labels.Take(10)) + (counts.Labels.Count > 10 ? ", ..." : "");
        string comment = Visible.Line($"positive weights of the labels {names}, in this order");
        return framework switch
        {
            "torchsharp" => $$"""
                using TorchSharp;
                using static TorchSharp.torch;

                // {{comment}}
                var positiveWeights = tensor(new float[] { {{string.Join(", ", weights.Select(w => Snippets.Digits(w) + "f"))}} });
                var loss = nn.BCEWithLogitsLoss(pos_weights: positiveWeights);   // loss.call(logits, zeros and ones)

                """,
            "pytorch" => $$"""
                import torch
                from torch import nn

                # {{comment}}
                pos_weight = torch.tensor([{{list}}])
                loss = nn.BCEWithLogitsLoss(pos_weight=pos_weight)  # loss(logits, zeros and ones)

                # at inference: torch.sigmoid(logits - logit_shift) undoes the weights
                logit_shift = torch.tensor([{{shifts}}])

                """,
            "huggingface" => $$"""
                import torch
                from torch import nn
                from transformers import Trainer

                # {{comment}}
                pos_weight = torch.tensor([{{list}}])


                class WeightedTrainer(Trainer):
                    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
                        labels = inputs["labels"]
                        outputs = model(**{k: v for k, v in inputs.items() if k != "labels"})
                        logits = outputs.logits
                        loss = nn.functional.binary_cross_entropy_with_logits(logits, labels.to(logits), pos_weight=pos_weight.to(logits))
                        return (loss, outputs) if return_outputs else loss


                # at inference: torch.sigmoid(logits - logit_shift) undoes the weights
                logit_shift = torch.tensor([{{shifts}}])

                """,
            "lightning" => $$"""
                import lightning
                import torch
                from torch import nn


                class Weighted(lightning.LightningModule):
                    def __init__(self, model):
                        super().__init__()
                        self.model = model
                        # {{comment}}; a loss that is a part of the module moves to its device
                        self.loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([{{list}}]))
                        # at inference: torch.sigmoid(logits - logit_shift) undoes the weights
                        self.register_buffer("logit_shift", torch.tensor([{{shifts}}]))

                    def training_step(self, batch, batch_index):
                        x, labels = batch
                        loss = self.loss(self.model(x), labels)
                        self.log("train_loss", loss)
                        return loss

                    def configure_optimizers(self):
                        return torch.optim.AdamW(self.parameters(), lr=1e-3)

                """,
            "keras" => $$"""
                import keras

                # {{comment}}
                pos_weight = [{{list}}]


                def loss(labels, logits):
                    labels = keras.ops.cast(labels, logits.dtype)
                    weight = 1 + (keras.ops.convert_to_tensor(pos_weight, dtype=logits.dtype) - 1) * labels
                    return keras.ops.mean(weight * keras.ops.binary_crossentropy(labels, logits, from_logits=True), axis=-1)


                # at inference: keras.ops.sigmoid(logits - logit_shift) undoes the weights
                logit_shift = [{{shifts}}]

                """,
            "sklearn" => $$"""
                from sklearn.ensemble import RandomForestClassifier

                # {{comment}}
                class_weight = [{{string.Join(", ", weights.Select(w => $"{{0: 1.0, 1: {Snippets.Digits(w)}}}"))}}]
                model = RandomForestClassifier(class_weight=class_weight)  # model.fit(x, rows of zeros and ones)

                """,
            _ => Boosted(framework, counts, weights, comment),
        };
    }

    /// <summary>A model per label: boosting libraries take one positive weight a model.</summary>
    private static string Boosted(string framework, MultiLabelCounts counts, double[] weights, string comment)
    {
        (string module, string type) = framework switch
        {
            "xgboost" => ("xgboost", "XGBClassifier"),
            "catboost" => ("catboost", "CatBoostClassifier"),
            _ => ("lightgbm", "LGBMClassifier"),
        };
        string entries = string.Join(", ", weights.Select((w, l) => $"{Snippets.Quote(counts.Labels[l])}: {Snippets.Digits(w)}"));
        return $$"""
            from {{module}} import {{type}}

            # {{comment}}; a model per label
            scale_pos_weight = { {{entries}} }
            models = {label: {{type}}(scale_pos_weight=weight) for label, weight in scale_pos_weight.items()}

            """;
    }
}
