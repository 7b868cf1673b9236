"""Logs whose lines begin with their place, built with the print statements of the programs that write them."""

from __future__ import annotations

import pytest

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Event, Progress, Reading
from autotrain_tui.metrics.progress_tracker import ProgressTracker

Point = tuple[int | None, float | None, float]


def read(lines: list[str]) -> list[Event]:
    """The events of lines that come one by one."""
    reader = LogReader()
    return [event for line in lines for event in reader.feed(f"{line}\n".encode())] + reader.finish()


def series(events: list[Event]) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for event in events:
        if isinstance(event, Reading):
            found.setdefault(event.name, []).append((event.step, event.epoch, event.value))
    return found


def fractions(events: list[Event]) -> list[float]:
    tracker, found = ProgressTracker(), []
    for at, event in enumerate(events):
        if isinstance(event, Progress):
            tracker.feed(event, float(at))
            if tracker.fraction is not None:
                found.append(tracker.fraction)
    return found


def espnet(epochs: int, batches: int) -> list[str]:
    """espnet2's trainer and reporter."""
    begin = "[node7] 2026-11-29 10:00:51,139 (trainer:{}) INFO: "
    lines = []
    for epoch in range(1, epochs + 1):
        more = "" if epoch == 1 else ". Estimated time to finish: 1 hour, 2 minutes and 3.5 seconds"
        lines.append(begin.format(311) + f"{epoch}/{epochs}epoch started{more}")
        for batch in range(50, batches + 1, 50):
            loss = 100 / (epoch * batches + batch)
            lines.append(
                begin.format(779) + f"{epoch}epoch:train:{batch - 49}-{batch}batch: iter_time={loss / 1e3:.3e}, "
                f"forward_time=0.106, loss_ctc={2 * loss:.3f}, loss_att={3 * loss:.3f}, acc={1 - loss:.3f}, "
                f"loss={loss:.3f}, backward_time=0.102, grad_norm={9 * loss:.3f}, clip={50 * loss:.3f}, "
                "loss_scale=6.554e+04, optim_step_time=0.010, optim0_lr0=5.000e-05, train_time=1.463"
            )
        lines.append(
            begin.format(365) + f"{epoch}epoch results: [train] iter_time=1.2e-04, loss_ctc={1 / epoch:.3f}, "
            f"loss_att={2 / epoch:.3f}, loss={3 / epoch:.3f}, grad_norm=8.1, optim0_lr0=5.000e-05, time=2 minutes and 3.1 "
            f"seconds, total_count={epoch * batches}, gpu_max_cached_mem_GB=10.2, [valid] loss_ctc={4 / epoch:.3f}, "
            f"loss_att={5 / epoch:.3f}, cer={0.6 / epoch:.3f}, loss={7 / epoch:.3f}, time=3.21 seconds, "
            f"total_count={epoch * 40}, gpu_max_cached_mem_GB=10.2, [att_plot] time=1.2 seconds, total_count=0"
        )
    return [*lines, begin.format(495) + f"The training was finished at {epochs} epochs "]


def test_espnet() -> None:
    """Values of batches and of epochs are apart, those of training and validation too, each at its place."""
    events = read(espnet(4, 1200))
    found = series(events)
    assert [place[:2] for place in found["loss"]] == [(b, float(e)) for e in range(1, 5) for b in range(50, 1201, 50)]
    assert found["train_loss"] == [(None, float(e), round(3 / e, 3)) for e in range(1, 5)]
    assert found["valid_loss_att"] == [(None, float(e), round(5 / e, 3)) for e in range(1, 5)]
    assert len(found["valid_cer"]) == 4
    assert {len(found[name]) for name in ("loss_ctc", "loss_att", "acc", "grad_norm", "clip")} == {96}
    assert fractions(events)[-1] == 1.0
    assert fractions(events) == sorted(fractions(events))
    assert {event.eta for event in events if isinstance(event, Progress)} == {None, 3723.5}


def marian(updates: int, *, labels: bool) -> list[str]:
    """marian-dev's scheduler, with and without --disp-label-counts and --lr-report."""
    lines = ["[2026-11-29 10:00:00] [config] learn-rate: 0.0003", "[2026-11-29 10:00:02] Training started"]
    for i in range(1, updates // 500 + 1):
        up, epoch = 500 * i, (500 * i - 1) // 7000 + 1
        cost = f"Cost {9 / i:.8f}" + (f" * {880_000 + i:,} @ {1_200 + i:,} after {880_000 * i:,}" if labels else "")
        line = f"[2026-11-29 10:00:30] Ep. {epoch} : Up. {up} : Sen. {32_000 * i:,} : {cost} : Time {40.1:.2f}s : "
        line += f"{21_000 + i:.2f} words/s : gNorm {1 / i:.4f}" + ("" if labels else f" : L.r. {1e-6 * i:.4e}")
        lines.append(line)
        if up % 5000 == 0:
            end = "new best" if up % 10_000 else "stalled 1 times (last best: 23.5)"
            lines.append(f"[2026-11-29 10:00:30] [valid] Ep. {epoch} : Up. {up} : perplexity : {20 / i:.6g} : new best")
            lines.append(
                f"[2026-11-29 10:00:30] [valid] Ep. {epoch} : Up. {up} : bleu-detok : {20 + i / 4:.6g} : {end}"
            )
    return lines


@pytest.mark.parametrize("labels", [True, False])
def test_marian(labels: bool) -> None:
    """Updates count through all epochs; the cost, the speed and each validator are series, the best so far is none."""
    found = series(read(marian(120_000, labels=labels)))
    names = {"Cost", "words/s", "gNorm", "valid_perplexity", "valid_bleu-detok"} | ({"L.r."} if not labels else set())
    assert set(found) == names
    assert found["Cost"] == [(500 * i, (500 * i - 1) // 7000 + 1.0, round(9 / i, 8)) for i in range(1, 241)]
    assert found["words/s"][-1] == (120_000, 18.0, 21_240.0)
    assert [step for step, _, _ in found["valid_bleu-detok"]] == list(range(5000, 120_001, 5000))


def pix2pix(epochs: int, comma: str) -> list[str]:
    """The visualizer and train.py of pytorch-CycleGAN-and-pix2pix; newer versions put commas between the losses."""
    lines = ["The number of training images = 400", "model [Pix2PixModel] was created"]
    for epoch in range(1, epochs + 1):
        for iters in range(100, 401, 100):
            line = f"(epoch: {epoch}, iters: {iters}, time: {0.1 + iters / 1e4:.3f}, data: {0.2 / epoch:.3f}) "
            values = {"G_GAN": 1 / epoch + iters / 1e3, "D_real": iters / 1e3 / epoch}
            lines.append(line + comma.join(f"{name}: {value:.3f} " for name, value in values.items()))
        lines.append(f"saving the model at the end of epoch {epoch}, iters {400 * epoch}")
        lines.append(f"End of epoch {epoch} / {epochs} \t Time Taken: 53 sec")
    return lines


@pytest.mark.parametrize("comma", ["", ", "])
def test_pix2pix(comma: str) -> None:
    """Names that no list knows stand at their epoch, and the ends of epochs say how far it is."""
    events = read(pix2pix(200, comma))
    found = series(events)
    assert set(found) == {"G_GAN", "D_real"}
    places = [(iters, float(epoch)) for epoch in range(1, 201) for iters in range(100, 401, 100)]
    assert [place[:2] for place in found["G_GAN"]] == places
    assert sorted(set(fractions(events))) == pytest.approx([epoch / 200 for epoch in range(1, 201)])
    assert fractions(events) == sorted(fractions(events))
