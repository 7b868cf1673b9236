"""Make the recordings: run each library for real on a small job, keep what it printed and what it recorded itself.

    python make.py JOB OUT_DIR     writes OUT_DIR/JOB.log and OUT_DIR/JOB.json; the libraries are not needed by the tests

The truth (JSON) is {"library", "points": {NAME: [value, ...]}} from the library's own records, not from its text.
"""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tempfile
import termios

JOBS = {}


def job(function):
    JOBS[function.__name__] = function
    return function


class Truth:
    """Values in the order the library recorded them."""

    def __init__(self, library, unordered=False):
        self.library, self.points, self.unordered = library, {}, unordered
        self.evaluations = {}  # what all batches of each evaluation came to, where those are points too

    def add(self, name, *values):
        self.points.setdefault(name, []).extend(float(value) for value in values)

    def save(self, path):
        with open(path, "w", encoding="utf-8") as file:
            record = {"library": self.library, "unordered": self.unordered, "points": self.points}
            json.dump({**record, "evaluations": self.evaluations} if self.evaluations else record, file)


def _digits():
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    return train_test_split((x / 16).astype("float32"), y, test_size=0.25, random_state=0)


@job
def sklearn_mlp():
    import sklearn
    from sklearn.neural_network import MLPClassifier

    x, _, y, _ = _digits()
    model = MLPClassifier((16,), max_iter=15, early_stopping=True, verbose=True, random_state=0, n_iter_no_change=30)
    model.fit(x, y)
    truth = Truth(f"scikit-learn {sklearn.__version__} MLPClassifier")
    truth.add("loss", *model.loss_curve_)
    truth.add("Validation_score", *model.validation_scores_)
    return truth


@job
def sklearn_search():
    import sklearn
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import GridSearchCV

    x, _, y, _ = _digits()
    grid = {"max_depth": [2, 4], "n_estimators": [5, 10]}
    search = GridSearchCV(RandomForestClassifier(random_state=0), grid, cv=3, verbose=3).fit(x, y)
    truth = Truth(f"scikit-learn {sklearn.__version__} GridSearchCV verbose=3")
    for candidate in range(4):
        truth.add("score", *(search.cv_results_[f"split{fold}_test_score"][candidate] for fold in range(3)))
    return truth


@job
def sklearn_gbdt():
    import sklearn
    from sklearn.ensemble import GradientBoostingClassifier

    x, _, y, _ = _digits()
    model = GradientBoostingClassifier(n_estimators=30, subsample=0.8, max_depth=2, verbose=1, random_state=0)
    model.fit(x[:400], y[:400] > 4)
    truth = Truth(f"scikit-learn {sklearn.__version__} GradientBoosting")
    shown = [*range(10), 19, 29]
    truth.add("Train_Loss", *(model.train_score_[i] for i in shown))
    truth.add("OOB_Improve", *(model.oob_improvement_[i] for i in shown))
    return truth


@job
def sklearn_hgb():
    import sklearn
    from sklearn.ensemble import HistGradientBoostingClassifier

    x, _, y, _ = _digits()
    model = HistGradientBoostingClassifier(max_iter=12, early_stopping=True, scoring="loss", verbose=2, random_state=0)
    model.fit(x[:600], y[:600])
    truth = Truth(f"scikit-learn {sklearn.__version__} HistGradientBoosting")
    truth.add("train_loss", *(-value for value in model.train_score_[1:]))
    truth.add("val_loss", *(-value for value in model.validation_score_[1:]))
    return truth


@job
def xgboost():
    import xgboost as xgb

    x, xt, y, yt = _digits()
    record = {}
    xgb.train(
        {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "max_depth": 2},
        xgb.DMatrix(x, y > 4),
        num_boost_round=25,
        evals=[(xgb.DMatrix(x, y > 4), "train"), (xgb.DMatrix(xt, yt > 4), "valid")],
        evals_result=record,
        early_stopping_rounds=5,
    )
    truth = Truth(f"XGBoost {xgb.__version__}")
    for part, metrics in record.items():
        for name, values in metrics.items():
            truth.add(f"{part}-{name}", *values)
    return truth


@job
def lightgbm():
    import lightgbm as lgb

    x, xt, y, yt = _digits()
    record = {}
    train = lgb.Dataset(x, y > 4)
    lgb.train(
        {"objective": "binary", "metric": ["auc", "binary_logloss"], "num_leaves": 7},
        train,
        num_boost_round=20,
        valid_sets=[train, lgb.Dataset(xt, yt > 4, reference=train)],
        callbacks=[lgb.log_evaluation(1), lgb.record_evaluation(record), lgb.early_stopping(5)],
    )
    truth = Truth(f"LightGBM {lgb.__version__}")
    for part, metrics in record.items():
        for name, values in metrics.items():
            truth.add(f"{part}'s_{name}", *values)
    return truth


@job
def catboost():
    import catboost as cb

    x, xt, y, yt = _digits()
    model = cb.CatBoostClassifier(iterations=25, depth=3, eval_metric="AUC", loss_function="Logloss", verbose=1)
    model.fit(x, y > 4, eval_set=(xt, yt > 4))
    truth = Truth(f"CatBoost {cb.__version__}")
    truth.add("test", *model.evals_result_["validation"]["AUC"])
    return truth


def _tqdm_run(title, **bar_options):
    import random

    import tqdm as package
    from tqdm import tqdm

    truth, chance = Truth(f"tqdm {package.__version__} {title}"), random.Random(1)
    for epoch in tqdm(range(3), desc="Epochs", mininterval=0):
        bar = tqdm(range(16), desc=f"Epoch {epoch}", mininterval=0, leave=False, **bar_options)
        for _ in bar:
            loss, acc = chance.random() * 3, chance.random()
            bar.set_postfix(loss=loss, acc=f"{acc:.4f}")
            truth.add("loss", loss)
            truth.add("acc", acc)
        tqdm.write(f"epoch {epoch}: val_loss={loss / 2:.4f}")
        truth.add("val_loss", loss / 2)
    return truth


@job
def tqdm_nested():
    return _tqdm_run("nested, postfix")


@job
def tqdm_ascii():
    return _tqdm_run("nested, ascii, unit_scale", ascii=True, unit_scale=True, unit="ex")


def _keras(verbose):
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    keras.utils.set_random_seed(0)
    x, xt, y, yt = _digits()
    model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    plateau = keras.callbacks.ReduceLROnPlateau(patience=1, verbose=1, min_delta=0.5, factor=0.5)
    truth = Truth(f"Keras {keras.__version__} verbose={verbose}")

    options = {"epochs": 4, "batch_size": 128, "verbose": verbose, "callbacks": [plateau]}
    history = model.fit(x, y, validation_data=(xt, yt), **options)
    for name, values in history.history.items():
        truth.add(name, *values)
    result = model.evaluate(xt, yt, verbose=verbose, return_dict=True)
    print("Test accuracy:", result["accuracy"])
    truth.add("Test_accuracy", result["accuracy"])
    truth.add("eval_accuracy", result["accuracy"])
    truth.add("eval_loss", result["loss"])
    return truth


@job
def keras_bar():
    return _keras(1)


@job
def keras_lines():
    return _keras(2)


@job
def transformers_trainer():
    import torch
    import transformers
    from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, num_labels=2
    )
    rows = [
        {"input_ids": torch.randint(0, 50, (8,)), "attention_mask": torch.ones(8, dtype=torch.long), "labels": i % 2}
        for i in range(64)
    ]
    arguments = TrainingArguments(
        tempfile.mkdtemp(),
        num_train_epochs=3,
        per_device_train_batch_size=8,
        logging_steps=3,
        eval_strategy="epoch",
        save_strategy="epoch",
        report_to=[],
        use_cpu=True,
        learning_rate=1e-3,
    )
    trainer = Trainer(BertForSequenceClassification(config), arguments, train_dataset=rows, eval_dataset=rows[:16])
    trainer.train()
    truth = Truth(f"transformers {transformers.__version__} Trainer")
    for record in trainer.state.log_history:
        for name, value in record.items():
            if name not in {"epoch", "step", "total_flos"}:
                truth.add(name, value)
    return truth


@job
def transformers_trainer_4():
    return transformers_trainer()  # with transformers 4 on PYTHONPATH


@job
def fastai():
    import fastai
    import fastai.callback.progress  # its import turns the bars on
    import torch
    from fastai.basics import DataLoaders, Learner, accuracy

    x, xt, y, yt = (torch.tensor(part) for part in _digits())
    sets = [list(zip(x, y, strict=True)), list(zip(xt, yt, strict=True))]
    loaders = DataLoaders(*(torch.utils.data.DataLoader(part, 128) for part in sets))
    net = torch.nn.Sequential(torch.nn.Linear(64, 16), torch.nn.ReLU(), torch.nn.Linear(16, 10))
    learner = Learner(loaders, net, loss_func=torch.nn.functional.cross_entropy, metrics=accuracy)
    learner.fit(3, 1e-2)
    truth = Truth(f"fastai {fastai.__version__}")
    for row in learner.recorder.values:
        for name, value in zip(("train_loss", "valid_loss", "accuracy"), row, strict=True):
            truth.add(name, value)
    return truth


def _lightning(bar):
    import csv
    import glob
    import warnings

    import lightning as L
    import torch
    from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint, RichProgressBar, TQDMProgressBar
    from lightning.pytorch.loggers import CSVLogger

    warnings.simplefilter("ignore")
    x, xt, y, yt = (torch.tensor(part) for part in _digits())

    class Model(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = torch.nn.Sequential(torch.nn.Linear(64, 16), torch.nn.ReLU(), torch.nn.Linear(16, 10))

        def training_step(self, batch, _):
            loss = torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1])
            self.log("train_loss", loss, prog_bar=True, on_step=True, on_epoch=False)
            return loss

        def validation_step(self, batch, _):
            out = self.net(batch[0])
            self.log("val_loss", torch.nn.functional.cross_entropy(out, batch[1]), prog_bar=True)
            self.log("val_acc", (out.argmax(1) == batch[1]).float().mean(), prog_bar=True)

        def test_step(self, batch, index):
            self.log("test_acc", (self.net(batch[0]).argmax(1) == batch[1]).float().mean())

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 1e-2)

    L.seed_everything(0)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), 128, shuffle=True)
    val = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(xt, yt), 450)
    folder = tempfile.mkdtemp()
    trainer = L.Trainer(
        max_epochs=3,
        logger=CSVLogger(folder),
        log_every_n_steps=1,
        accelerator="cpu",
        callbacks=[
            RichProgressBar() if bar == "rich" else TQDMProgressBar(),
            EarlyStopping("val_loss", verbose=True),
            ModelCheckpoint(folder, monitor="val_loss", verbose=True),
        ],
    )
    model = Model()
    trainer.fit(model, loader, val)
    trainer.test(model, val)
    truth = Truth(f"Lightning {L.__version__} {bar}")
    for path in glob.glob(folder + "/**/metrics.csv", recursive=True):
        with open(path, encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for name, value in row.items():
                    if value and name not in {"epoch", "step"}:
                        truth.add(name, value)
    if bar == "rich" and not sys.stdout.isatty():  # then it is drawn once, at its end
        each_epoch = truth.points["val_loss"]  # told by the checkpoint callback
        truth.points = {name: values[-1:] for name, values in truth.points.items()} | {"val_loss": each_epoch}
    return truth


@job
def lightning_tqdm():
    return _lightning("tqdm")


@job
def lightning_rich():
    return _lightning("rich")


@job
def skorch():
    import skorch
    import torch

    x, _, y, _ = _digits()
    torch.manual_seed(0)
    net = skorch.NeuralNetClassifier(
        torch.nn.Sequential(torch.nn.Linear(64, 16), torch.nn.ReLU(), torch.nn.Linear(16, 10), torch.nn.Softmax(-1)),
        max_epochs=6,
        lr=0.1,
    )
    net.fit(x, y.astype("int64"))
    truth = Truth(f"skorch {skorch.__version__}")
    for name in ("train_loss", "valid_acc", "valid_loss"):
        truth.add(name, *(row[name] for row in net.history))
    return truth


@job
def ignite():
    import ignite
    import torch
    from ignite.contrib.handlers import ProgressBar
    from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
    from ignite.metrics import Accuracy, Loss, RunningAverage

    x, _, y, _ = (torch.tensor(part) for part in _digits())
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), 128)
    net, loss = torch.nn.Linear(64, 10), torch.nn.CrossEntropyLoss()
    trainer = create_supervised_trainer(net, torch.optim.SGD(net.parameters(), 0.5), loss)
    evaluator = create_supervised_evaluator(net, {"accuracy": Accuracy(), "nll": Loss(loss)})
    RunningAverage(output_transform=lambda value: value).attach(trainer, "loss")
    ProgressBar().attach(trainer, ["loss"])
    truth = Truth(f"ignite {ignite.__version__}")

    @trainer.on(Events.ITERATION_COMPLETED)
    def record(engine):
        truth.add("loss", engine.state.metrics["loss"])

    @trainer.on(Events.EPOCH_COMPLETED)
    def evaluate(engine):
        evaluator.run(loader)
        metrics = evaluator.state.metrics
        accuracy, nll = metrics["accuracy"], metrics["nll"]
        print(f"Training Results - Epoch: {engine.state.epoch}  Avg accuracy: {accuracy:.4f} Avg loss: {nll:.4f}")
        truth.add("Training_Avg_accuracy", accuracy)
        truth.add("Training_Avg_loss", nll)

    trainer.run(loader, max_epochs=3)
    return truth


@job
def stable_baselines3():
    import csv

    import stable_baselines3 as sb
    from stable_baselines3.common.logger import configure

    folder = tempfile.mkdtemp()
    model = sb.PPO("MlpPolicy", "CartPole-v1", n_steps=256, n_epochs=2, seed=0, verbose=1, device="cpu")
    model.set_logger(configure(folder, ["stdout", "csv"]))
    model.learn(1024)
    truth = Truth(f"stable-baselines3 {sb.__version__}")
    with open(folder + "/progress.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for name, value in row.items():
                if value and not name.startswith("time/"):
                    truth.add(name, value)
    return truth


@job
def clu_absl():
    from unittest import mock

    from absl import logging

    for name in ("tensorflow", "tensorboard", "tensorboard.plugins", "tensorboard.plugins.hparams"):
        sys.modules[name] = mock.MagicMock()  # clu's package imports them; its LoggingWriter does not use them
    from clu import metric_writers

    logging.set_verbosity(logging.INFO)
    logging.use_absl_handler()
    writer, truth = metric_writers.LoggingWriter(), Truth("clu on absl")
    for step in range(0, 60, 10):
        values = {"loss": 2.5 / (step + 1), "accuracy": 1 - 0.9 / (step + 1)}
        writer.write_scalars(step, values)
        for name, value in values.items():
            truth.add(name, value)
    writer.write_hparams({"learning_rate": 0.1, "batch_size": 32})
    return truth


@job
def trl_sft():
    import torch
    import transformers
    import trl
    from datasets import Dataset
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(0)
    words = {word: i for i, word in enumerate(["<pad>", "<eos>", "<unk>", "a", "b", "c", "d"])}
    core = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>")
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=8,
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=64,
        )
    )
    arguments = trl.SFTConfig(
        tempfile.mkdtemp(),
        num_train_epochs=2,
        per_device_train_batch_size=8,
        logging_steps=2,
        report_to=[],
        use_cpu=True,
        bf16=False,
        max_length=32,
        save_strategy="no",
    )
    rows = Dataset.from_list([{"text": "a b c d " * (1 + i % 4)} for i in range(64)])
    trainer = trl.SFTTrainer(model, args=arguments, train_dataset=rows, processing_class=tokenizer)
    trainer.train()
    truth = Truth(f"TRL {trl.__version__} on transformers {transformers.__version__}")
    for record in trainer.state.log_history:
        for name, value in record.items():
            if name not in {"epoch", "step", "total_flos"}:
                truth.add(name, value)
    return truth


@job
def torchrun():
    import torch

    script = (
        "import os, random, torch.distributed as d\n"
        "d.init_process_group('gloo'); rank = d.get_rank(); chance = random.Random(rank)\n"
        "print(f'rank {rank} of {d.get_world_size()}, lr=0.1, batch_size=32')\n"
        "for epoch in range(2):\n"
        "    for step in range(5):\n"
        "        print(f'epoch {epoch} step {step} loss {chance.random() + rank:.4f}', flush=True)\n"
        "        d.barrier()\n"
        "d.destroy_process_group()\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as file:
        file.write(script)
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--tee", "3", file.name]
    subprocess.run(launch, check=True)
    import random

    truth = Truth(f"torchrun {torch.__version__} --tee 3, two ranks", unordered=True)
    for rank in (0, 1):
        chance = random.Random(rank)
        truth.add("loss", *(round(chance.random() + rank, 4) for _ in range(10)))
    return truth


@job
def wandb():
    import math

    import wandb

    run = wandb.init(mode="offline", project="p", dir=tempfile.mkdtemp(), settings=wandb.Settings(console="off"))
    for step in range(20):
        run.log({"train/loss": math.exp(-step / 7), "val/acc": step / 21, "lr": 2e-5})
    run.finish()
    truth = Truth(f"wandb {wandb.__version__} offline, summary")
    truth.add("train/loss", math.exp(-19 / 7))
    truth.add("val/acc", 19 / 21)
    truth.add("lr", 2e-5)
    return truth


@job
def loggers():
    import logging

    import structlog
    from loguru import logger

    truth = Truth("logging, loguru, structlog")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s - %(levelname)s - %(name)s - %(message)s")
    log, structured = logging.getLogger("train"), structlog.get_logger()
    log.info("torch 2.13.0, 2 CPUs, 1234567 parameters, lr=0.001, epochs=10, batch_size=32")
    for step in range(5):
        loss, acc = 2.3 / (step + 1), step / 5
        log.info("epoch 0 | step %d/5 | loss %.4f | acc %.3f | 123.4 samples/s | 1.2 GB", step, loss, acc)
        logger.info("step={} train/loss={:.5f} lr={:.2e} elapsed={:.1f}s", step, loss, 1e-3, step * 1.5)
        structured.info("evaluated", step=step, val_loss=loss / 2, val_acc=acc, seconds=3.25)
        truth.add("loss", round(loss, 4))
        truth.add("acc", acc)
        truth.add("train/loss", loss)
        truth.add("lr", 1e-3)
        truth.add("val_loss", loss / 2)
        truth.add("val_acc", acc)
    return truth


@job
def spacy():
    import random

    import spacy
    from spacy.cli._util import setup_gpu  # noqa: F401  imports what the loop needs
    from spacy.training import Example
    from spacy.training.loggers import console_logger

    random.seed(0)
    nlp = spacy.blank("en")
    ner = nlp.add_pipe("ner")
    ner.add_label("CITY")
    examples = [
        Example.from_dict(nlp.make_doc(f"I live in {city}"), {"entities": [(10, 10 + len(city), "CITY")]})
        for city in ("Paris", "Rome", "Oslo", "Bonn")
    ]
    nlp.initialize(lambda: examples)
    nlp.config["training"]["score_weights"] = {"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0}
    log_step, finish = console_logger(progress_bar=False)(nlp, sys.stdout, sys.stderr)
    truth = Truth(f"spaCy {spacy.__version__}")
    for step in range(8):
        losses = {}
        nlp.update(examples, losses=losses)
        scores = nlp.evaluate(examples)
        info = {
            "epoch": step,
            "step": step * 4,
            "score": scores["ents_f"],
            "other_scores": scores,
            "losses": losses,
            "checkpoints": [],
            "seconds": 1,
            "words": 10,
        }
        log_step(info)
        truth.add("LOSS_NER", losses["ner"])
        for name in ("ents_f", "ents_p", "ents_r"):
            truth.add(name.upper(), scores[name] * 100)
        truth.add("SCORE", scores["ents_f"])
    finish()
    return truth


def main():
    name, out = sys.argv[1], sys.argv[2]
    if out == "-":
        truth = JOBS[name.removesuffix("_pty")]()
        truth.save(os.environ["TRUTH"])
        return
    environment = {**os.environ, "TRUTH": f"{out}/{name}.json", "PYTHONUNBUFFERED": "1", "COLUMNS": "120"}
    command = [sys.executable, sys.argv[0], name, "-"]
    with open(f"{out}/{name}.log", "wb") as log:
        if name.endswith("_pty"):
            _run_in_terminal(command, environment, log, 70 if "narrow" in name else 120)
        else:
            subprocess.run(command, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False)
    with open(f"{out}/{name}.log", "r+b") as log:  # no path of the machine it was made on
        text = log.read().replace(sys.prefix.encode(), b"/usr")
        log.seek(0)
        log.truncate()
        log.write(text)


def _run_in_terminal(command, environment, log, width):
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (40, width))
    environment = {**environment, "COLUMNS": str(width)}
    child = subprocess.Popen(command, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        log.write(data)
    child.wait()


if __name__ == "__main__":
    main()
