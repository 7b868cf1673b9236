"""Recordings of small libraries, each with a way of its own to print: `python make_small.py JOB OUT_DIR`, as make.py.

Tables with empty cells or lists in them, sentences that count, records before their place, counts with thousands.
"""

from __future__ import annotations

import os
import random

from make import Truth, job, main


def _points():
    import torch

    torch.manual_seed(0)
    x = torch.randn(160, 8)
    return x, (x.sum(1) > 0).long()


@job
def poutyne_lines():
    import poutyne
    import torch
    from poutyne import Callback, Model

    x, y = _points()
    truth = Truth(f"Poutyne {poutyne.__version__} without a bar")

    class Kept(Callback):
        def on_train_batch_end(self, batch_number, logs):
            truth.add("loss", logs["loss"])
            truth.add("acc", logs["acc"])

        def on_valid_batch_end(self, batch_number, logs):
            truth.add("val_loss", logs["val_loss"])
            truth.add("val_acc", logs["val_acc"])

        def on_epoch_end(self, epoch_number, logs):
            for name in ("loss", "acc", "fscore_macro", "val_loss", "val_acc", "val_fscore_macro"):
                truth.add(name, logs[name])

    net = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    model = Model(net, "adam", "cross_entropy", batch_metrics=["accuracy"], epoch_metrics=["f1"])
    style = {"coloring": False, "progress_bar": False}
    kept = [Kept()]
    model.fit(x, y, validation_data=(x[:16], y[:16]), epochs=3, batch_size=16, progress_options=style, callbacks=kept)
    return truth


@job
def poutyne_past_best():
    """An evaluation of three batches, each of them printed, then what all of them came to."""
    import numpy as np
    import poutyne
    import torch
    from poutyne import Callback, Model

    torch.manual_seed(0)
    chance = np.random.RandomState(0)
    x = chance.randn(96, 20).astype("f4")
    y = ((x @ chance.randn(20) + 3 * chance.randn(96)) > 0).astype("i8")
    truth = Truth(f"Poutyne {poutyne.__version__} without a bar, labels noisy, 3 batches an evaluation")

    class Kept(Callback):
        def on_train_batch_end(self, batch_number, logs):
            truth.add("loss", logs["loss"])
            truth.add("acc", logs["acc"])

        def on_valid_batch_end(self, batch_number, logs):
            truth.add("val_loss", logs["val_loss"])
            truth.add("val_acc", logs["val_acc"])

        def on_epoch_end(self, epoch_number, logs):
            for name in ("loss", "acc", "val_loss", "val_acc"):
                truth.add(name, logs[name])
            for name in ("val_loss", "val_acc"):
                truth.evaluations.setdefault(name, []).append(float(logs[name]))

    net = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2))
    model = Model(net, torch.optim.Adam(net.parameters(), lr=3e-2), "cross_entropy", batch_metrics=["accuracy"])
    style = {"coloring": False, "progress_bar": False}
    held_out = (x[48:], y[48:])
    model.fit(
        x[:48], y[:48], validation_data=held_out, epochs=14, batch_size=16, progress_options=style, callbacks=[Kept()]
    )
    return truth


@job
def pfn_extras():
    import json
    import tempfile

    import pytorch_pfn_extras as ppe
    import torch
    from pytorch_pfn_extras.training import extensions

    x, y = _points()
    net = torch.nn.Linear(8, 2)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=16)
    columns = ["epoch", "iteration", "train/loss", "train/acc", "lr", "elapsed_time"]
    out = tempfile.mkdtemp()
    every = [
        extensions.LogReport(trigger=(5, "iteration")),
        extensions.PrintReport(columns),
        extensions.observe_lr(optimizer),
    ]
    manager = ppe.training.ExtensionsManager(
        net, optimizer, 4, extensions=every, iters_per_epoch=len(loader), out_dir=out
    )
    while not manager.stop_trigger:
        for part, labels in loader:
            with manager.run_iteration():
                optimizer.zero_grad()
                output = net(part)
                loss = torch.nn.functional.cross_entropy(output, labels)
                loss.backward()
                optimizer.step()
                right = (output.argmax(1) == labels).float().mean().item()
                ppe.reporting.report({"train/loss": loss.item(), "train/acc": right})
    truth = Truth(f"pytorch-pfn-extras {ppe.__version__} PrintReport")
    with open(os.path.join(out, "log"), encoding="utf-8") as file:
        rows = json.load(file)
    for name in ("train/loss", "train/acc", "lr"):
        truth.add(name, *(row[name] for row in rows if name in row))
    return truth


@job
def deepxde_lists():
    os.environ["DDE_BACKEND"] = "pytorch"
    import deepxde
    import numpy as np
    import torch

    deepxde.config.set_random_seed(1)
    domain = deepxde.geometry.Interval(-1, 1)
    edge = deepxde.icbc.DirichletBC(domain, lambda x: 0, lambda x, on_edge: on_edge)

    def equation(x, y):
        return deepxde.grad.hessian(y, x) + np.pi**2 * torch.sin(np.pi * x)

    data = deepxde.data.PDE(domain, equation, edge, 16, 2, solution=lambda x: np.sin(np.pi * x), num_test=50)
    model = deepxde.Model(data, deepxde.nn.FNN([1, 20, 20, 1], "tanh", "Glorot uniform"))
    model.compile("adam", lr=0.001, metrics=["l2 relative error"])
    history, _ = model.train(iterations=1200, display_every=100)
    truth = Truth(f"DeepXDE {deepxde.__version__} Model.train")
    for part in range(2):
        truth.add(f"Train_loss.{part}", *(row[part] for row in history.loss_train))
        truth.add(f"Test_loss.{part}", *(row[part] for row in history.loss_test))
    truth.add("Test_metric", *(row[0] for row in history.metrics_test))
    return truth


@job
def skopt_sentences():
    import itertools

    import skopt

    found = skopt.gp_minimize(
        lambda x: (x[0] - 0.3) ** 2 + x[1] ** 2,
        [(-1.0, 1.0), (-1.0, 1.0)],
        n_calls=14,
        n_initial_points=6,
        verbose=True,
        random_state=1,
    )
    truth = Truth(f"scikit-optimize {skopt.__version__} gp_minimize")
    truth.add("Function_value_obtained", *found.func_vals)
    truth.add("Current_minimum", *itertools.accumulate(found.func_vals, min))
    return truth


@job
def nevergrad_sentences():
    import nevergrad

    values = []

    def valley(x):
        values.append(float(((x - 0.5) ** 2).sum()))
        return values[-1]

    space = nevergrad.p.Array(shape=(2,))
    space.random_state.seed(1)
    nevergrad.optimizers.OnePlusOne(parametrization=space, budget=30).minimize(valley, verbosity=2)
    truth = Truth(f"nevergrad {nevergrad.__version__} minimize verbosity=2")
    truth.add("fitness", *values)
    return truth


@job
def river_progressive():
    import river
    from river import datasets, evaluate, linear_model, metrics, preprocessing

    def model():
        return preprocessing.StandardScaler() | linear_model.LogisticRegression()

    evaluate.progressive_val_score(datasets.Phishing(), model(), metrics.F1(), print_every=100)
    truth = Truth(f"river {river.__version__} progressive_val_score")
    for state in evaluate.iter_progressive_val_score(datasets.Phishing(), model(), metrics.F1(), step=100):
        truth.add("F1", 100 * state["F1"].get())
    return truth


@job
def d3rlpy_fit():
    import d3rlpy
    import numpy as np

    chance = np.random.default_rng(0)
    count = 400
    data = d3rlpy.dataset.MDPDataset(
        observations=chance.normal(size=(count, 4)).astype("f4"),
        actions=chance.integers(0, 2, size=(count, 1)),
        rewards=chance.normal(size=(count, 1)).astype("f4"),
        terminals=(np.arange(count) % 20 == 19).astype("f4"),
    )
    learner = d3rlpy.algos.DiscreteCQLConfig(batch_size=32).create(device="cpu")
    history = learner.fit(
        data,
        n_steps=120,
        n_steps_per_epoch=30,
        show_progress=False,
        logger_adapter=d3rlpy.logging.NoopAdapterFactory(),
        evaluators={"td_error": d3rlpy.metrics.TDErrorEvaluator()},
    )
    truth = Truth(f"d3rlpy {d3rlpy.__version__} DiscreteCQL")
    for _, row in history:
        for name in ("loss", "td_loss", "conservative_loss", "td_error"):
            truth.add(name, row[name])
    return truth


@job
def crfsuite_blocks():
    import importlib.metadata

    import pycrfsuite

    chance = random.Random(1)
    trainer = pycrfsuite.Trainer(verbose=True)
    for i in range(60):
        labels = [chance.choice("AB") for _ in range(6)]
        words = [[f"f={label}{chance.randint(0, 2)}", f"g={chance.randint(0, 4)}"] for label in labels]
        trainer.append(words, labels, group=i % 5 == 0)
    trainer.select("lbfgs")
    trainer.set_params({"max_iterations": 12, "c2": 0.1})
    trainer.train(os.path.join(os.environ.get("TMPDIR", "/tmp"), "small.crfsuite"), holdout=1)
    truth = Truth(f"python-crfsuite {importlib.metadata.version('python-crfsuite')} lbfgs")
    names = {"Loss": "loss", "Error_norm": "error_norm", "Feature_norm": "feature_norm"}
    for row in trainer.logparser.iterations:
        for printed, name in names.items():
            truth.add(printed, row[name])
        truth.add("F1", row["avg_f1"])
    return truth


if __name__ == "__main__":
    main()
