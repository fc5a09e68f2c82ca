"""The few names of Lightning that the template uses, by hand: the loop of Trainer.fit on a DataLoader."""
import torch


def seed_everything(seed):
    torch.manual_seed(seed)


class LightningModule(torch.nn.Module):
    pass


class Trainer:
    def __init__(self, max_epochs=None, logger=True, enable_checkpointing=True, enable_progress_bar=True):
        assert isinstance(max_epochs, int) and max_epochs > 0 and not (logger or enable_checkpointing or enable_progress_bar)
        self.max_epochs = max_epochs

    def fit(self, model, train_dataloaders):
        assert isinstance(model, LightningModule) and isinstance(train_dataloaders, torch.utils.data.DataLoader)
        optimizer = model.configure_optimizers()
        model.train()
        for _ in range(self.max_epochs):
            for number, batch in enumerate(train_dataloaders):
                optimizer.zero_grad()
                model.training_step(batch, number).backward()
                optimizer.step()
        model.eval()
