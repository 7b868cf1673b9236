"""Recordings of trainings that pass their best, and of some that do not: `python make_past_best.py JOB OUT_DIR`."""

from __future__ import annotations

import numpy as np
from make import Truth, _digits, job, main

CHANCE = np.random.default_rng(3)


def _noisy(count=600, width=12, wrong=0.25):
    """Two classes of which a quarter of the labels is wrong: whoever learns them by heart is worse on others."""
    x = CHANCE.normal(size=(count, width))
    y = (x[:, 0] + 0.5 * x[:, 1] > 0) ^ (CHANCE.random(count) < wrong)
    half = count // 2
    return x[:half], y[:half].astype(int), x[half:], y[half:].astype(int)


def _lightgbm(rounds, rate, wrong):
    import lightgbm

    x, y, x_val, y_val = _noisy(wrong=wrong)
    kept = {}
    train = lightgbm.Dataset(x, y)
    lightgbm.train(
        {"objective": "binary", "metric": ["binary_logloss", "auc"], "learning_rate": rate, "verbosity": -1},
        train,
        rounds,
        valid_sets=[train, lightgbm.Dataset(x_val, y_val, reference=train)],
        callbacks=[lightgbm.log_evaluation(1), lightgbm.record_evaluation(kept)],
    )
    truth = Truth(f"LightGBM {lightgbm.__version__} {rounds} rounds, labels {wrong:.0%} wrong")
    for part, metrics in kept.items():
        for name, values in metrics.items():
            truth.add(f"{part}'s_{name}", *values)
    return truth


@job
def lightgbm_past_best():
    return _lightgbm(60, 0.15, 0.25)


@job
def lightgbm_clean():
    return _lightgbm(60, 0.05, 0.0)


def _xgboost(rounds, rate, wrong):
    import xgboost

    x, y, x_val, y_val = _noisy(wrong=wrong)
    kept = {}
    xgboost.train(
        {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "eta": rate, "max_depth": 4},
        xgboost.DMatrix(x, y),
        rounds,
        evals=[(xgboost.DMatrix(x, y), "train"), (xgboost.DMatrix(x_val, y_val), "valid")],
        evals_result=kept,
    )
    truth = Truth(f"XGBoost {xgboost.__version__} {rounds} rounds, labels {wrong:.0%} wrong")
    for part, metrics in kept.items():
        for name, values in metrics.items():
            truth.add(f"{part}-{name}", *values)
    return truth


@job
def xgboost_past_best():
    return _xgboost(50, 0.3, 0.2)


@job
def xgboost_noise():
    return _xgboost(30, 0.01, 0.5)


@job
def hgb_past_best():
    import sklearn
    from sklearn.ensemble import HistGradientBoostingClassifier

    x, y, x_val, y_val = _noisy()
    model = HistGradientBoostingClassifier(
        max_iter=40, learning_rate=0.3, early_stopping=True, n_iter_no_change=100, validation_fraction=0.4, scoring="loss",
        verbose=2, random_state=0,
    )  # fmt: skip
    model.fit(np.vstack((x, x_val)), np.concatenate((y, y_val)))
    truth = Truth(f"scikit-learn {sklearn.__version__} HistGradientBoosting, labels 25% wrong")
    truth.add("train_loss", *(-model.train_score_))
    truth.add("val_loss", *(-model.validation_score_))
    return truth


def _mlp(epochs, count, wrong, rate, batch, alpha=1e-4):
    """A loop of one's own around partial_fit."""
    import sklearn
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier

    x, x_val, y, y_val = _digits()
    x, y = x[:count], y[:count].copy()
    bad = CHANCE.random(len(y)) < wrong
    y[bad] = CHANCE.integers(0, 10, bad.sum())
    model = MLPClassifier((128,), learning_rate_init=rate, random_state=0, batch_size=batch, alpha=alpha)
    truth = Truth(f"scikit-learn {sklearn.__version__} MLP in a loop, {count} digits, labels {wrong:.0%} wrong")
    classes = list(range(10))
    for epoch in range(1, epochs + 1):
        order = CHANCE.permutation(len(y))
        model.partial_fit(x[order], y[order], classes=classes)
        train = log_loss(y, model.predict_proba(x), labels=classes)
        val = log_loss(y_val, model.predict_proba(x_val), labels=classes)
        score = model.score(x_val, y_val)
        print(f"Epoch {epoch}/{epochs} train_loss: {train:.4f} val_loss: {val:.4f} val_acc: {score:.4f}", flush=True)
        truth.add("train_loss", train)
        truth.add("val_loss", val)
        truth.add("val_acc", score)
    return truth


@job
def mlp_past_best():
    return _mlp(40, 150, 0.3, 0.01, 32)


@job
def mlp_score_better():
    return _mlp(60, 300, 0.0, 0.02, 16, alpha=0.0)


@job
def mlp_plateau():
    return _mlp(40, 1200, 0.0, 0.003, 64)


@job
def mlp_noisy_steps():
    return _mlp(30, 1200, 0.1, 0.05, 200)


if __name__ == "__main__":
    main()
