"""The strategy of searches over simulated trials: it ends, promotes what the rule allows, and does not mind the speed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import pytest

from autotrain_tui.plan.estimate import Estimate
from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.model import Plan
from autotrain_tui.plan.strategies import strategy_for
from autotrain_tui.plan.strategies.searches import Searches
from autotrain_tui.plan.strategy import Budget, EndSearch, History, JudgeTrial, PromoteTrial, RunTrial, TrialSeen
from autotrain_tui.plan.sweep.halving import rungs_of

BUDGET = Budget(None, lambda _stage: Estimate(None, "none"))


def plan(trials: int, eta: int, epochs: int, keep: int, method: str = "halving") -> Plan:
    return parse_plan(
        f"""
        name = "p"
        command = ["train", "{{lr}}"]
        metric = {{ name = "accuracy", goal = "max" }}
        [[stage]]
        name = "search"
        epochs = {epochs}
        [stage.sweep]
        method = "{method}"
        trials = {trials}
        eta = {eta}
        keep = {keep}
        params = {{ lr = {{ min = 0.0, max = 1.0 }} }}
        """,
        "p.toml",
    )


@dataclass
class Simulated:
    """A runner of trials whose curves are given, and which are as quick as chance has it."""

    plan: Plan
    jobs: int
    curves: list[list[float]]
    fails: frozenset[int]
    chance: random.Random
    trials: dict[str, TrialSeen] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)
    """How many epochs each has run."""
    decisions: list[tuple[object, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.searches = Searches(self.plan, strategy_for(self.plan))
        self.rungs = rungs_of(self.plan.stages[0]).positions
        self.epochs = len(self.curves[0])

    def run(self) -> EndSearch:
        """To the decision; fails if it does not come."""
        for _ in range(100 * len(self.curves) * self.epochs):
            history = History(open=frozenset({"search"}), trials=tuple(self.trials.values()))
            if (verdict := self.searches.judged(history)) is not None:
                self.judge(verdict)
                continue
            running = [name for name, trial in self.trials.items() if trial.state == "running"]
            waiting = [name for name, trial in self.trials.items() if trial.state == "waiting"]
            if len(running) < self.jobs and waiting:
                self.change(waiting[0], state="running")
                continue
            step = self.searches.next(history, BUDGET) if len(running) < self.jobs else None
            match step:
                case RunTrial(number=number):
                    name = f"search.{number:02d}"
                    self.decisions.append(("add", name))
                    self.trials[name] = TrialSeen(name=name, search="search", number=number, state="running")
                    self.at[name] = 0
                case PromoteTrial(trial, rung, reason):
                    self.decisions.append(("promote", trial, rung, reason))
                    done = self.at[trial] == self.epochs
                    self.change(trial, goal=rung + 1, state="done" if done else "waiting")
                    self.look(trial)
                case EndSearch():
                    assert not running
                    return step
                case _:
                    assert running, (step, self.trials)
                    self.advance(self.chance.choice(running))
        raise AssertionError(f"never decided: {self.decisions}")

    def change(self, name: str, **values: object) -> None:
        self.trials[name] = replace(self.trials[name], **values)  # type: ignore[arg-type]

    def advance(self, name: str) -> None:
        """Run some epochs: perhaps beyond the rung, because what reads it is late."""
        trial = self.trials[name]
        self.at[name] = min(self.epochs, self.at[name] + self.chance.randint(1, self.epochs))
        if trial.number in self.fails and self.at[name] > self.epochs // 2:
            self.change(name, state="out", reason="exit code 1")
            return
        if self.at[name] == self.epochs:
            self.change(name, state="done", final=max(self.curves[trial.number - 1]))
        self.look(name)

    def look(self, name: str) -> None:
        trial = self.trials[name]
        if trial.state != "out" and trial.goal == len(trial.rungs) and trial.goal < len(self.rungs):
            place = int(self.rungs[trial.goal])
            if self.at[name] >= place:
                self.change(name, reached=True, value=max(self.curves[trial.number - 1][:place]))

    def judge(self, verdict: JudgeTrial) -> None:
        trial = self.trials[verdict.trial]
        self.decisions.append(("judge", verdict.trial, verdict.rung, verdict.value, verdict.promoted))
        goal = trial.goal + 1 if verdict.promoted else trial.goal
        over = trial.state == "done"
        goes_on = "running" if trial.state == "running" else "waiting"
        state = "done" if over else goes_on if verdict.promoted else "resting"
        self.change(
            verdict.trial, rungs=(*trial.rungs, verdict.value), goal=goal, reached=False, value=None, state=state
        )
        self.look(verdict.trial)


def simulated(seed: int, *, jobs: int, speed: int = 0, fails: bool = False) -> Simulated:
    chance = random.Random(seed)
    trials, epochs = chance.randint(1, 20), chance.randint(2, 30)
    curves = []
    for _ in range(trials):
        top = chance.random()
        curves.append([top * (1 - chance.random() / (epoch + 1)) for epoch in range(epochs)])
    out = frozenset(number for number in range(1, trials + 1) if fails and chance.random() < 0.5)
    chosen = plan(trials, chance.choice([2, 3, 4]), epochs, min(trials, chance.choice([1, 1, 2, 3])))
    return Simulated(chosen, jobs, curves, out, random.Random(seed * 1000 + speed))


@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.parametrize("seed", range(20))
def test_a_search_ends_with_the_best_of_those_that_ran_to_their_end(seed: int, jobs: int) -> None:
    """Every trial is added once, none is judged twice at a rung, and the winners are the best that came to their end."""
    run = simulated(seed, jobs=jobs)
    end = run.run()
    settings = run.plan.stages[0].sweep
    assert settings is not None
    added = [decision[1] for decision in run.decisions if decision[0] == "add"]
    assert added == [f"search.{number:02d}" for number in range(1, len(run.curves) + 1)]
    judged = [decision[1:3] for decision in run.decisions if decision[0] == "judge"]
    assert len(judged) == len(set(judged))
    complete = [trial for trial in run.trials.values() if trial.state == "done" and trial.goal == len(run.rungs)]
    assert len(complete) >= settings.keep
    best = sorted(complete, key=lambda trial: (-(trial.final or 0.0), trial.number))[: settings.keep]
    assert end.winners == tuple(trial.name for trial in best)


@pytest.mark.parametrize("seed", range(20))
def test_who_goes_on_is_among_the_best_of_those_that_came_so_far(seed: int) -> None:
    """One in eta of all that have reached the rung by then, but for those that go on because nothing else is left."""
    run = simulated(seed, jobs=3)
    run.run()
    settings = run.plan.stages[0].sweep
    assert settings is not None
    values: dict[int, dict[str, float]] = {rung: {} for rung in range(len(run.rungs))}

    def allowed(name: str, rung: int) -> bool:
        came = sorted(values[rung], key=lambda other: (-values[rung][other], other))
        return came.index(name) < len(came) // settings.eta

    for kind, name, *rest in run.decisions:
        match kind, rest:
            case "judge", [int(rung), float(value), bool(promoted)]:
                values[rung][str(name)] = value
                assert promoted == allowed(str(name), rung), (name, rung)
            case "promote", [int(rung), str(reason)]:
                assert allowed(str(name), rung) or reason.startswith("the best that is left"), (name, rung)


@pytest.mark.parametrize("seed", range(20))
def test_one_at_a_time_the_speed_changes_no_decision(seed: int) -> None:
    """However late a trial is seen at its rung, with `jobs = 1` the decisions are the same."""
    first = simulated(seed, jobs=1)
    end = first.run()
    for speed in range(1, 5):
        other = simulated(seed, jobs=1, speed=speed)
        assert other.run() == end
        assert other.decisions == first.decisions


@pytest.mark.parametrize("seed", range(20))
def test_trials_that_fail_do_not_keep_a_search_from_its_end(seed: int) -> None:
    """It succeeds with what is left, and fails only if every trial is out."""
    run = simulated(seed, jobs=2, fails=True)
    end = run.run()
    everyone_out = all(trial.state == "out" for trial in run.trials.values())
    assert end.outcome == ("failed" if everyone_out else "succeeded")
    assert not any(int(name.rpartition(".")[2]) in run.fails for name in end.winners)
