"""More recordings, with other settings than make.py's: `python make_more.py JOB OUT_DIR`, as there."""

from __future__ import annotations

import csv
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import time

from make import Truth, _digits, job, main

CHANCE = random.Random(7)


def _say(truth, line, **values):
    """Print a line that holds these values, and keep them."""
    print(line.format(**values), flush=True)
    for name, value in values.items():
        if "{" + name in line:
            truth.add(name, value)


def _draw(digits=4):
    return round(0.01 + CHANCE.random(), digits)


@job
def transformers_tokens():
    import torch
    import transformers
    from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

    torch.manual_seed(0)
    rows = [{"input_ids": (ids := torch.randint(0, 40, (12,))), "labels": ids} for _ in range(64)]
    arguments = TrainingArguments(
        tempfile.mkdtemp(), num_train_epochs=2, per_device_train_batch_size=8, logging_steps=5, logging_first_step=True,
        eval_strategy="steps", eval_steps=8, save_strategy="steps", save_steps=8, load_best_model_at_end=True,
        report_to=[], use_cpu=True, include_num_input_tokens_seen="all", log_level="info", gradient_accumulation_steps=1,
    )  # fmt: skip
    model = GPT2LMHeadModel(GPT2Config(vocab_size=40, n_embd=16, n_layer=1, n_head=2, n_positions=16))
    trainer = Trainer(model, arguments, train_dataset=rows, eval_dataset=rows[:16])
    result = trainer.train()
    truth = Truth(f"transformers {transformers.__version__} Trainer, tokens counted, best model")
    for record in trainer.state.log_history:
        for name, value in record.items():
            if name not in {"epoch", "step", "total_flos"}:
                truth.add(name, value)
    trainer.log_metrics("train", result.metrics)
    return truth


def _keras(verbose):
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    keras.utils.set_random_seed(1)
    x, xt, y, yt = _digits()
    wanted, wanted_t = ({"kind": part, "size": part.astype("float32")} for part in (y, yt))
    entry = keras.Input((64,))
    hidden = keras.layers.Dense(12, activation="relu")(entry)
    outputs = {
        "kind": keras.layers.Dense(10, activation="softmax", name="kind")(hidden),
        "size": keras.layers.Dense(1, name="size")(hidden),
    }
    model = keras.Model(entry, outputs)
    losses = {"kind": "sparse_categorical_crossentropy", "size": "mse"}
    metrics = {"kind": ["accuracy"], "size": [keras.metrics.RootMeanSquaredError()]}
    model.compile(keras.optimizers.Adam(1e-3), losses, metrics=metrics)
    model.summary()
    path = tempfile.mkdtemp() + "/w.{epoch:02d}-{val_loss:.2f}.keras"
    callbacks = [
        keras.callbacks.ModelCheckpoint(path, verbose=1, save_best_only=True),
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5, verbose=1),
    ]
    history = model.fit(
        x, wanted, validation_split=0.2, epochs=3, batch_size=256, verbose=verbose, callbacks=callbacks
    )  # fmt: skip
    truth = Truth(f"Keras {keras.__version__} verbose={verbose}, two outputs, callbacks")
    for name, values in history.history.items():
        truth.add(name, *values)
    result = model.evaluate(xt, wanted_t, verbose=verbose, return_dict=True)
    for name, value in result.items():
        truth.add("eval_" + name, value)
    model.predict(xt, verbose=verbose)
    print(f"Test loss: {result['loss']:.4f}")
    truth.add("Test_loss", result["loss"])
    return truth


@job
def keras_outputs_bar():
    return _keras(1)


@job
def keras_outputs_lines():
    return _keras(2)


@job
def lightning_slashes_narrow():
    import glob
    import warnings

    import lightning as L
    import torch
    from lightning.pytorch.callbacks import RichProgressBar
    from lightning.pytorch.loggers import CSVLogger

    warnings.simplefilter("ignore")
    x, xt, y, yt = (torch.tensor(part) for part in _digits())

    class Model(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = torch.nn.Linear(64, 10)

        def training_step(self, batch, _):
            loss = torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1])
            self.log("train/loss", loss, prog_bar=True)
            return loss

        def validation_step(self, batch, _):
            out = self.net(batch[0])
            self.log("val/loss", torch.nn.functional.cross_entropy(out, batch[1]), prog_bar=True)
            self.log("val/acc", (out.argmax(1) == batch[1]).float().mean(), prog_bar=True)

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 1e-2)

    L.seed_everything(3)
    sets, loader = torch.utils.data.TensorDataset, torch.utils.data.DataLoader
    folder = tempfile.mkdtemp()
    trainer = L.Trainer(
        max_epochs=3, logger=CSVLogger(folder), log_every_n_steps=1, accelerator="cpu", callbacks=[RichProgressBar()],
        enable_checkpointing=False,
    )  # fmt: skip
    trainer.fit(Model(), loader(sets(x, y), 450, shuffle=True), loader(sets(xt, yt), 150))
    truth = Truth(f"Lightning {L.__version__} rich, 70 columns")
    for path in glob.glob(folder + "/**/metrics.csv", recursive=True):
        with open(path, encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for name, value in row.items():
                    if value and name not in {"epoch", "step"}:
                        truth.add(name, value)
    return truth


@job
def sklearn_scores():
    import sklearn
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import classification_report, confusion_matrix
    from sklearn.model_selection import RandomizedSearchCV, cross_val_score

    x, xt, y, yt = _digits()
    x, y = x[:300], y[:300]
    choices = {"C": [0.1, 1.0, 10.0], "fit_intercept": [True, False]}
    model = LogisticRegression(max_iter=50)
    search = RandomizedSearchCV(model, choices, n_iter=3, cv=2, verbose=10, random_state=0, return_train_score=True)
    search.fit(x, y)
    truth = Truth(f"scikit-learn {sklearn.__version__} RandomizedSearchCV verbose=10, cross_val_score, reports")
    for candidate in range(3):
        for fold in range(2):
            truth.add("train_score", search.cv_results_[f"split{fold}_train_score"][candidate])
            truth.add("test_score", search.cv_results_[f"split{fold}_test_score"][candidate])
    scores = cross_val_score(model, x, y, cv=3, verbose=3)
    truth.add("test_score", *scores)
    print("Best params:", search.best_params_, "best score:", search.best_score_)
    print(f"CV accuracy: {scores.mean():.4f} +/- {scores.std():.4f}")
    truth.add("CV_accuracy", scores.mean())
    print(classification_report(yt, search.predict(xt)))
    print(confusion_matrix(yt, search.predict(xt)))
    print(f"Accuracy on the test set: {search.score(xt, yt):.4f}")
    truth.add("test_Accuracy", search.score(xt, yt))
    return truth


@job
def xgboost_cv():
    import xgboost as xgb

    x, xt, y, yt = _digits()
    model = xgb.XGBClassifier(n_estimators=12, max_depth=2, eval_metric=["mlogloss", "merror"], early_stopping_rounds=8)
    model.fit(x, y, eval_set=[(x, y), (xt, yt)], verbose=3)
    truth = Truth(f"XGBoost {xgb.__version__} fit verbose=3, cv")
    for part, metrics in model.evals_result().items():
        for name, values in metrics.items():
            truth.add(f"{part}-{name}", *(values[i] for i in (0, 3, 6, 9, 11)))
    settings = {"objective": "multi:softprob", "num_class": 10, "max_depth": 2, "eval_metric": "mlogloss"}
    table = xgb.cv(settings, xgb.DMatrix(x, y), num_boost_round=4, nfold=2, verbose_eval=True)
    for part in ("train", "test"):
        truth.add(f"{part}-mlogloss", *table[f"{part}-mlogloss-mean"])
    print("best iteration:", model.best_iteration, "best score:", model.best_score)
    return truth


@job
def catboost_two_sets():
    import catboost as cb

    x, xt, y, yt = _digits()
    model = cb.CatBoostRegressor(iterations=40, depth=2, learning_rate=0.2, verbose=10, allow_writing_files=False)
    model.fit(x, y, eval_set=[(xt, yt), (x[:100], y[:100])])
    truth = Truth(f"CatBoost {cb.__version__} two sets, every tenth")
    for name, part in (("learn", "learn"), ("test", "validation_0"), ("test1", "validation_1")):
        truth.add(name, *(model.evals_result_[part]["RMSE"][i] for i in (0, 10, 20, 30, 39)))
    return truth


@job
def tqdm_described():
    import tqdm as package
    from tqdm import trange

    truth = Truth(f"tqdm {package.__version__} set_description, set_postfix_str")
    print("lr=0.001, batch_size=64, epochs=3, seed: 42")
    bar = trange(12, mininterval=0, leave=False)
    for _ in bar:
        loss, acc = _draw(), _draw(3)
        bar.set_description(f"loss {loss:.4f}")
        bar.set_postfix_str(f"acc={acc:.3f}, best=0.123, mem=1.2GB")
        truth.add("loss", loss)
        truth.add("acc", acc)
    return truth


@job
def tqdm_epochs():
    import tqdm as package
    from tqdm import tqdm

    truth = Truth(f"tqdm {package.__version__} unit epoch around bars of training and validation")
    with tqdm(total=3, unit="epoch", file=sys.stdout, ascii=" >=", mininterval=0) as epochs:
        for epoch in range(3):
            for part in ("train", "val"):
                inner = tqdm(range(4), desc=f"Epoch {epoch} [{part}]", leave=False, mininterval=0, position=1)
                for _ in inner:
                    loss = _draw(3)
                    inner.set_postfix({"loss": loss})
                    truth.add("loss" if part == "train" else "val_loss", loss)
            f1 = _draw(3)
            epochs.set_postfix(f1=f1)
            truth.add("f1", f1)
            epochs.update()
    return truth


@job
def torchrun_bars():
    import torch

    script = (
        "import random, torch.distributed as d\n"
        "from tqdm import tqdm\n"
        "d.init_process_group('gloo'); r = d.get_rank(); c = random.Random(r + 50)\n"
        "for e in range(2):\n"
        "    for i in (b := tqdm(range(6), desc=f'rank {r} epoch {e}', position=r, mininterval=0, disable=r != 0)):\n"
        "        b.set_postfix(loss=f'{c.random() + r:.4f}'); d.barrier()\n"
        "    print(f'[rank {r}] epoch {e}: val_loss={c.random() + r:.4f}', flush=True); d.barrier()\n"
        "d.destroy_process_group()\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as file:
        file.write(script)
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--tee", "3", file.name]
    subprocess.run(launch, check=True)
    truth = Truth(f"torchrun {torch.__version__} --tee 3, bars of rank 0", unordered=True)
    for rank in (0, 1):
        chance = random.Random(rank + 50)
        for _ in range(2):
            losses = [round(chance.random() + rank, 4) for _ in range(6)]
            if rank == 0:
                truth.add("loss", *losses)
            truth.add("val_loss", round(chance.random() + rank, 4))
    return truth


@job
def rich_report():
    from importlib.metadata import version

    from rich.console import Console
    from rich.logging import RichHandler
    from rich.progress import track
    from rich.table import Table

    truth = Truth(f"rich {version('rich')} tables, log handler, progress")
    logging.basicConfig(level="INFO", format="%(message)s", datefmt="[%X]", handlers=[RichHandler()])
    log = logging.getLogger("train")
    log.info("Config(lr=0.001, batch_size=64, epochs=3, loss='ce', label_smoothing=0.1, weight_decay=0.05)")
    for step in range(1, 5):
        loss, acc = _draw(), _draw()
        log.info("step %d/4 loss=%.4f train_acc=%.4f lr=%.2e tokens/s=12345", step, loss, acc, 1e-3 * step)
        truth.add("loss", loss)
        truth.add("train_acc", acc)
        truth.add("lr", 1e-3 * step)
    columns = ("Epoch", "Train loss", "Val acc", "Time (s)")
    for title, rows in (("Results", 3), ("Hyperparameters", 0)):
        table = Table(title=title)
        for name in columns if rows else ("name", "value"):
            table.add_column(name)
        for epoch in range(1, rows + 1):
            values = {"Train_loss": _draw(), "Val_acc": _draw()}
            table.add_row(str(epoch), *(f"{value:.4f}" for value in values.values()), f"{epoch * 1.5:.1f}")
            for name, value in values.items():
                truth.add(name, value)
        for name in () if rows else ("iou", "loss_weight", "epochs"):
            table.add_row(name, "0.5")
        Console().print(table)
    for _ in track(range(5), description="Processing..."):
        time.sleep(0.01)
    return truth


@job
def plain_tables():
    truth = Truth("people's tables: CSV, Markdown, drawn, bars, spaces")
    print("epoch,train_loss,val_accuracy,lr,time")
    for epoch in range(1, 4):
        _say(
            truth,
            f"{epoch},{{train_loss:.4f}},{{val_accuracy:.4f}},{{lr:.5f}},3.25",
            train_loss=_draw(),
            val_accuracy=_draw(),
            lr=1e-3 * epoch,
        )
    print("| epoch | loss | val_f1 | samples/s |\n|------:|-----:|-------:|----------:|")
    for epoch in range(3):
        _say(truth, f"| {epoch} | {{loss:.4f}} | {{val_f1:.4f}} | 123 |", loss=_draw(), val_f1=_draw())
    print(f"{'Epoch':>5} | {'Train Loss':>10} | {'Val Acc':>8} | {'Time':>6}\n{'-' * 40}")
    for epoch in range(1, 4):
        loss, acc = _draw(), _draw()
        print(f"{epoch:>5} | {loss:>10.4f} | {acc:>8.2%} | {epoch * 1.5:>5.1f}s")
        truth.add("Train_Loss", loss)
        truth.add("Val_Acc", acc * 100)
    print("┌───────┬────────┐\n│ step  │    mse │\n├───────┼────────┤")
    for step in (10, 20):
        _say(truth, f"│ {step:5d} │ {{mse:.4f}} │", mse=_draw())
    print("└───────┴────────┘\nid,score,loss\n1,0.5,0.25\n| id | name | score |\n|---|---|---|\n| 1 | 2 | 0.5 |")
    print("step\tloss\tppl\ttok/s")
    for step in (100, 200):
        _say(truth, f"{step}\t{{loss:.4f}}\t{{ppl:.4f}}\t1234", loss=_draw(), ppl=_draw() * 9)
    for epoch in (1, 2):
        record = {"epoch": epoch, "loss": _draw(), "accuracy": _draw()}
        print(json.dumps(record, indent=2))
        truth.add("loss", record["loss"])
        truth.add("accuracy", record["accuracy"])
    print("config:\n" + json.dumps({"lr": 0.1, "iou": 0.5, "model": {"score": 0.5}}, indent=2))
    return truth


if __name__ == "__main__":
    main()
