"""Recordings of common libraries as their users set them: `python make_common.py JOB OUT_DIR`, as make.py.

Early stopping far before the last round, callbacks with a column of their own, several loaders, a last epoch cut short.
"""

from __future__ import annotations

import os
import tempfile
import warnings

from make import Truth, _digits, job, main


@job
def lightgbm_early_stop():
    import lightgbm as lgb

    x, xt, y, yt = _digits()
    record = {}
    train = lgb.Dataset(x, y > 4)
    options = {"objective": "binary", "metric": ["auc", "binary_logloss"], "num_leaves": 15, "learning_rate": 0.5}
    callbacks = [lgb.record_evaluation(record), lgb.early_stopping(20), lgb.log_evaluation(5)]
    lgb.train(options, train, 500, [lgb.Dataset(xt, yt > 4, reference=train)], callbacks=callbacks)
    truth = Truth(f"LightGBM {lgb.__version__} early_stopping(20), every fifth")
    for name, values in record["valid_0"].items():
        truth.add(f"valid_0's_{name}", *values[4::5])
    return truth


@job
def skorch_checkpoint():
    import skorch
    import torch
    from skorch.callbacks import Checkpoint, EpochScoring

    torch.manual_seed(0)
    x, _, y, _ = _digits()
    callbacks = [
        EpochScoring("f1_macro", lower_is_better=False, name="valid_f1"),
        Checkpoint(dirname=tempfile.mkdtemp(), monitor="valid_acc_best"),
    ]
    net = torch.nn.Sequential(torch.nn.Linear(64, 10), torch.nn.Softmax(-1))
    model = skorch.NeuralNetClassifier(net, max_epochs=12, lr=0.3, callbacks=callbacks)
    model.fit(x[:300], y[:300].astype("int64"))
    truth = Truth(f"skorch {skorch.__version__} with a Checkpoint")
    for name in ("train_loss", "valid_loss", "valid_acc", "valid_f1"):
        truth.add(name, *model.history[:, name])
    return truth


def _pictures(folder, task):
    import numpy as np
    from PIL import Image

    chance = np.random.RandomState(0)
    for part, count in (("train", 12), ("val", 4)):
        for i in range(count):
            picture = chance.randint(0, 80, (64, 64, 3), dtype=np.uint8)
            picture[20:44, 20:44] = 255 if i % 2 == 0 else 120
            place = f"{folder}/{part}/{'ab'[i % 2]}" if task == "classify" else f"{folder}/images/{part}"
            os.makedirs(place, exist_ok=True)
            Image.fromarray(picture).save(f"{place}/{i}.png")
            if task == "detect":
                os.makedirs(f"{folder}/labels/{part}", exist_ok=True)
                with open(f"{folder}/labels/{part}/{i}.txt", "w", encoding="utf-8") as file:
                    file.write("0 0.5 0.5 0.375 0.375\n")
    with open(f"{folder}/data.yaml", "w", encoding="utf-8") as file:
        file.write(f"path: {folder}\ntrain: images/train\nval: images/val\nnames: [square]\n")


def _ultralytics(task, config, epochs):
    import ultralytics

    folder = tempfile.mkdtemp()
    _pictures(folder, task)
    truth = Truth(f"Ultralytics {ultralytics.__version__} {task}")

    def train_epoch_ends(trainer):
        for name, value in trainer.label_loss_items(trainer.tloss).items():
            truth.add(name.split("/")[-1], value)

    def epoch_ends(trainer):
        names = {"accuracy_top1": "top1_acc", "accuracy_top5": "top5_acc"}
        again = "eval_" if len(truth.points.get("recall", ())) == epochs else ""  # of the best model, in the end
        for name, value in trainer.metrics.items():
            if name.startswith("metrics/"):
                short = name.removeprefix("metrics/").removesuffix("(B)")
                truth.add(again + names.get(short, short), value)

    model = ultralytics.YOLO(config)
    model.add_callback("on_train_epoch_end", train_epoch_ends)
    model.add_callback("on_fit_epoch_end", epoch_ends)
    options = {"imgsz": 64, "batch": 4, "device": "cpu", "workers": 0, "plots": False, "amp": False}
    data = folder if task == "classify" else f"{folder}/data.yaml"
    os.chdir(folder)
    model.train(data=data, epochs=epochs, project=folder, name="run", optimizer="SGD", **options)
    return truth


@job
def ultralytics_detect():
    return _ultralytics("detect", "yolo11n.yaml", 11)


@job
def ultralytics_classify():
    return _ultralytics("classify", "yolo11n-cls.yaml", 11)


def _lightning(progress_bar, **options):
    import lightning as L
    import torch

    warnings.simplefilter("ignore")
    x, xt, y, yt = (torch.tensor(part) for part in _digits())
    loaders = [
        torch.utils.data.DataLoader(torch.utils.data.TensorDataset(part, labels), 64)
        for part, labels in ((x[:960], y[:960]), (xt, yt), (x, y))
    ]
    truth = Truth(f"Lightning {L.__version__} {options.pop('title')}")

    class Model(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = torch.nn.Linear(64, 10)

        def training_step(self, batch, _):
            loss = torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1])
            self.log("train_loss", loss, prog_bar=True)
            truth.add("train_loss", loss)
            return loss

        def validation_step(self, batch, _, dataloader_idx=0):
            self.log("val_loss", torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1]), prog_bar=True)

        def on_train_epoch_end(self):
            for name, value in self.trainer.progress_bar_metrics.items():
                if name.startswith("val_"):
                    truth.add(name, value)

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 1e-2)

    L.seed_everything(0)
    options = {"max_steps": 38, "logger": False, "enable_checkpointing": False, "accelerator": "cpu", **options}
    trainer = L.Trainer(callbacks=[progress_bar], default_root_dir=tempfile.mkdtemp(), **options)
    trainer.fit(Model(), loaders[0], loaders[1:])
    return truth


@job
def lightning_loaders_tqdm():
    from lightning.pytorch.callbacks import TQDMProgressBar

    return _lightning(TQDMProgressBar(), title="tqdm, max_steps=38, two validation loaders")


if __name__ == "__main__":
    main()
