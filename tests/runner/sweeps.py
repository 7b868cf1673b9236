"""A training program whose curve is known beforehand, and plans that search over it."""

from __future__ import annotations

from tests.runner.rig import plan, python

CURVE = """
import json, os, pathlib, signal, sys, time
lr, epochs, pace = float(sys.argv[1]), int(sys.argv[2]), float(os.environ.get("PACE", "0.01"))
done = pathlib.Path(os.environ["AUTOTRAIN_CHECKPOINT_DIR"]) / "epoch"
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
epoch = int(done.read_text()) if os.environ["AUTOTRAIN_RESUME"] == "1" and done.exists() else 0
while epoch < epochs:
    if asked:
        done.write_text(str(epoch)); sys.exit(0)
    epoch += 1
    time.sleep(pace)
    if str(lr) in os.environ.get("FAILS", "").split():
        sys.exit(3)
    loss = "nan" if str(lr) in os.environ.get("LOST", "").split() else 1 / epoch
    print("epoch %d/%d - loss: %s - %s: %.6f" % (epoch, epochs, loss, os.environ.get("SAYS", "accuracy"),
          (1 - abs(lr - 0.3)) * (1 - 0.5 / epoch)), flush=True)
done.write_text(str(epoch))
json.dump({"epochs": epoch}, open(os.environ["AUTOTRAIN_RESULT"], "w"))
"""
"""The nearer the learning rate is to 0.3, the better at every epoch; goes on from the epoch that it saved."""

RATES = [0.1, 0.5, 0.32, 0.9, 0.2, 0.7]
"""0.32 is the best."""


def search(**sweep: object) -> dict[str, object]:
    """A search over RATES in ten epochs; `sweep` adds to its table."""
    table = {"method": "halving", "first_rung": 0.2, "eta": 3, "trials": len(RATES), "params": {"lr": RATES}, **sweep}
    return {"name": "search", "epochs": 10, "sweep": table}


def search_plan(stage: dict[str, object], *more: dict[str, object], **keys: object) -> dict[str, object]:
    """A plan of that search and what comes after it."""
    table: dict[str, object] = {"command": [*python(CURVE), "{lr}", "{epochs}"], "resumable": True, "max_hours": 1.0}
    return plan(stage, *more, **(table | keys))
