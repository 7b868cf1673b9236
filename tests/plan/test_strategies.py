"""Strategies: what each decides from what happened."""

from __future__ import annotations

from dataclasses import replace

from autotrain_tui.plan.change import changed_parameters
from autotrain_tui.plan.estimate import Estimator, Observation
from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.strategies import strategy_for
from autotrain_tui.plan.strategy import Budget, Decision, End, Ended, History, Wait
from tests.plan.plans import ladder, ladder_text
from tests.plan.simulation import FREE, Simulation, by_work, known, ran, won

# ladder


def test_ladder_runs_the_stages_as_listed() -> None:
    """One after the other, unchanged, and then it ends."""
    play = Simulation(ladder(), lambda stage: 60.0)
    assert play.play() == End("finished", "every stage of the plan has ended")
    assert play.stages == list(ladder().stages)


def test_ladder_stops_at_a_failure_and_passes_skips() -> None:
    """A skipped stage counts as met; after a failure nothing new starts, and what runs goes on to its end."""
    strategy = strategy_for(ladder())
    skipped = won("s1", outcome="skipped")
    assert ran(strategy.next(History((skipped,)), FREE)).name == "s2"
    failed = won("s2", outcome="failed")
    assert strategy.next(History((skipped, failed)), FREE) == End("failed", '"s2" failed')
    assert isinstance(strategy.next(History((skipped, failed), open=frozenset({"s3"})), FREE), Wait)
    assert ran(strategy.next(History((failed, won("s2"), won("s1"))), FREE)).name == "s3"


def test_ladder_waits_for_what_runs_and_what_is_held() -> None:
    """With free jobs the next stage starts only when its needs have ended; held ones are named."""
    strategy = strategy_for(ladder())
    assert strategy.next(History(open=frozenset({"s1"})), FREE) == Wait("stages are running")
    assert strategy.next(History(held=frozenset({"s1"})), FREE) == Wait("held: s1")
    side_by_side = strategy_for(ladder("jobs = 2\nneeds = []"))
    assert ran(side_by_side.next(History(open=frozenset({"s1"}), held=frozenset({"s2"})), FREE)).name == "s3"


def test_the_budget_decides_only_what_is_started() -> None:
    """An estimate that doesn't fit ends the session with the reason; without one a stage starts while time is left."""
    strategy = strategy_for(ladder())
    assert ran(strategy.next(History(), Budget(60.0, known(60.0)))).name == "s1"
    assert strategy.next(History(), Budget(59.0, known(60.0))) == End(
        "budget", '"s1" needs ~60 s (test), but ~59 s are left'
    )
    assert ran(strategy.next(History(), Budget(0.1, known(None)))).name == "s1"
    assert strategy.next(History(), Budget(0.0, known(None))) == End("budget", 'the budget is used up before "s1"')


def test_ladder_can_repeat_the_last_stage_until_the_budget_ends() -> None:
    """As the classic system did: new stages of the last one's kind, each needing the one before."""
    play = Simulation(ladder('after_last = "repeat"\nmax_hours = 2'), lambda stage: 600.0)
    end = play.play()
    assert end.outcome == "budget"
    assert [stage.name for stage in play.stages] == ["s1", "s2", "s3", "s4", "s5", *(f"s5-{n}" for n in range(2, 9))]
    assert [stage.index for stage in play.stages] == list(range(1, 13))
    assert [stage.needs for stage in play.stages[5:8]] == [("s5",), ("s5-2",), ("s5-3",)]
    assert changed_parameters(play.stages[4], play.stages[11]) == {}


def test_repeats_end_even_when_stages_take_no_time() -> None:
    """And when the last stage was skipped there is nothing to repeat."""
    plan = ladder('after_last = "repeat"', sizes=((10, 1, 1),))
    assert Simulation(plan, lambda stage: 0.001).play().outcome == "finished"
    skipped = History((won("s1", outcome="skipped"),))
    assert strategy_for(plan).next(skipped, FREE).reason.endswith("was skipped")


def test_an_added_stage_never_takes_a_name_that_is_there() -> None:
    """Even where the plan itself has a stage of such a name, or names are as long as they may be."""
    long = "x" * 64
    text = ladder_text('after_last = "repeat"', ((1, 1, 1), (1, 1, 1))).replace('"s1"', '"s2-2"')
    ended = History((won("s2-2"), won("s2")))
    assert ran(strategy_for(parse_plan(text, "p")).next(ended, FREE)).name == "s2-3"
    plan = parse_plan(ladder_text('after_last = "repeat"', ((1, 1, 1),)).replace('"s1"', f'"{long}"'), "p")
    assert ran(strategy_for(plan).next(History((won(long),)), FREE)).name == "x" * 62 + "-2"


# geometric


def test_geometric_grows_data_and_shrinks_epochs() -> None:
    """After the listed stages, up to the number that was asked for."""
    plan = ladder('strategy = "geometric"\n[geometric]\ngrowth = 2\nshrink = 0.5\nstages = 4', ((1000, 8, 32),))
    play = Simulation(plan, lambda stage: 60.0)
    assert play.play() == End("finished", "all 4 stages have ended")
    assert [(stage.name, stage.dataset_limit, stage.epochs) for stage in play.stages] == [
        ("s1", 1000, 8),
        ("s1-2", 2000, 4),
        ("s1-3", 4000, 2),
        ("s1-4", 8000, 1),
    ]
    assert "dataset_limit x2 to 2000" in play.asked[1][2].reason


def test_geometric_keeps_its_bounds() -> None:
    """Data stop at max_dataset_limit, which ends it, and epochs at min_epochs."""
    settings_text = 'strategy = "geometric"\n[geometric]\nstages = 1000\ngrowth = 100\nmin_epochs = 3\n'
    play = Simulation(ladder(settings_text + "max_dataset_limit = 5000", ((1000, 8, 32),)), lambda stage: 60.0)
    assert play.play() == End("finished", "dataset_limit has reached 5000")
    assert [(stage.dataset_limit, stage.epochs) for stage in play.stages] == [(1000, 8), (5000, 6)]
    endless = Simulation(ladder(settings_text, ((1000, 8, 32),)), lambda stage: 60.0)
    endless.play()
    assert endless.stages[-1].dataset_limit == 10**12
    assert endless.stages[-1].epochs == 3


# fit-budget


def test_fit_budget_scales_what_is_to_come() -> None:
    """Epochs shrink by one fraction for all, so that the whole plan fits, and the reason says why."""
    plan = ladder('strategy = "fit-budget"')
    budget = Budget(300.0, by_work(0.002))
    decision = strategy_for(plan).next(History(), budget)
    stage = ran(decision)
    assert 0 < (stage.epochs or 0) < 20
    assert stage.dataset_limit == 2000
    assert decision.reason.startswith("epochs x0.")
    assert "5 stages to come would need up to ~25 min, ~5 min are left" in decision.reason
    assert decision.reason.endswith(f"; so epochs {stage.epochs} instead of 20")


def test_fit_budget_leaves_a_plan_that_fits() -> None:
    """And one without a budget."""
    plan = ladder('strategy = "fit-budget"')
    for left in (None, 10_000.0):
        decision = strategy_for(plan).next(History(), Budget(left, by_work(0.002)))
        assert ran(decision) == plan.stages[0]
        assert decision.reason.endswith("run as planned")


def test_fit_budget_plans_anew_after_each_stage() -> None:
    """A stage that took longer than thought makes the later ones smaller; one that was quick lets them grow."""
    plan = ladder('strategy = "fit-budget"\n[fit-budget]\nchange = "dataset_limit"')
    strategy = strategy_for(plan)
    rich = ran(strategy.next(History((won("s1"),)), Budget(1400.0, by_work(0.002))))
    poor = ran(strategy.next(History((won("s1"),)), Budget(400.0, by_work(0.002))))
    assert (poor.dataset_limit or 0) < (rich.dataset_limit or 0) <= 5000
    assert poor.epochs == rich.epochs == 15
    both = strategy_for(ladder('strategy = "fit-budget"\n[fit-budget]\nchange = "both"'))
    changed = changed_parameters(plan.stages[1], ran(both.next(History((won("s1"),)), Budget(400.0, by_work(0.002)))))
    assert set(changed) == {"epochs", "dataset_limit"}


def test_fit_budget_ends_all_stages_of_a_short_budget_in_time() -> None:
    """With 60 % of the time that the plan takes, learned from earlier sessions, every stage ends inside the budget."""
    costs = {"s1": 1.1, "s2": 0.9, "s3": 1.0, "s4": 1.15, "s5": 0.95}

    def takes(stage: PlanStage) -> float:
        return 4 + 0.0005 * (stage.dataset_limit or 0) * (stage.epochs or 0) * costs[stage.name]

    plan = ladder('strategy = "fit-budget"')
    earlier = [
        Observation(stage=s.name, seconds=takes(s), dataset_limit=s.dataset_limit, epochs=s.epochs,
                    batch_size=s.batch_size, session=session)
        for session in ("a", "b", "c") for s in plan.stages
    ]  # fmt: skip
    total = sum(takes(stage) for stage in plan.stages)
    for part in (0.5, 0.6, 0.8, 0.95):
        left = total * part
        ended: tuple[Ended, ...] = ()
        strategy = strategy_for(plan)
        while not isinstance(
            decision := strategy.next(History(ended), Budget(left, Estimator(earlier, "x").estimate)), End
        ):
            left -= takes(ran(decision))
            ended += (won(ran(decision).name),)
        assert decision.outcome == "finished"
        assert len(ended) == 5
        assert left >= 0
        assert left < total * part * 0.35


def test_fit_budget_says_when_nothing_helps() -> None:
    """At the least fraction what still fits is started, with the reason."""
    plan = ladder('strategy = "fit-budget"')
    decision = strategy_for(plan).next(History(), Budget(30.0, by_work(0.002)))
    assert ran(decision).epochs == 2
    assert "even at the least, x0.1" in decision.reason
    assert strategy_for(plan).next(History(), Budget(1.0, by_work(0.002))).reason.startswith('"s1" needs')


# adaptive


ADAPTIVE = 'strategy = "adaptive"\n'


def adaptive(history: tuple[Ended, ...], head: str = "", **more: frozenset[str]) -> Decision:
    return strategy_for(ladder(ADAPTIVE + head)).next(History(history, **more), FREE)


def test_adaptive_advances_when_the_metric_levels_off() -> None:
    """A plateau at the end of a stage, or too few values to tell, leads to the next one."""
    assert ran(adaptive(())).name == "s1"
    decision = adaptive((won("s1", 0.5, 0.8, 0.8, 0.8, 0.8, 0.8),))
    assert ran(decision).name == "s2"
    assert decision.reason == "acc 0.8 has reached a plateau: advance"
    assert ran(adaptive((won("s1", 0.1, 0.9),))).name == "s2"


def test_adaptive_stays_while_the_metric_still_rises() -> None:
    """Once more by default, then on."""
    rising = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    decision = adaptive((won("s1", *rising),))
    assert ran(decision).name == "s1-2"
    assert "still improving" in decision.reason
    assert ran(adaptive((won("s1", *rising), won("s1-2", 0.7, 0.8, 0.9, 1.0)))).name == "s2"


def test_adaptive_advances_at_once_at_its_mark() -> None:
    """advance_at ends the wait for a plateau."""
    decision = adaptive((won("s1", 0.1, 0.2, 0.5, 0.9),), "[adaptive]\nadvance_at = 0.9")
    assert ran(decision).name == "s2"
    assert "reached 0.9" in decision.reason


def test_adaptive_goes_back_when_the_metric_falls() -> None:
    """To the stage before, or with on_fall = "stay" to the same again; when both were tried, on."""
    fallen = (won("s1", 0.9), won("s2", 0.5))
    assert ran(adaptive(fallen)).name == "s1-2"
    assert ran(adaptive(fallen, '[adaptive]\non_fall = "stay"')).name == "s2-2"
    back = (*fallen, won("s1-2", 0.95))
    assert ran(adaptive(back)).name == "s2-2"
    assert ran(adaptive((*back, won("s2-2", 0.5)))).name == "s3"
    slightly = (won("s1", 0.9), won("s2", 0.895))
    assert adaptive(slightly).reason.startswith('acc 0.895: "s2" brought less')


def test_adaptive_ends_early_when_a_stage_brings_nothing() -> None:
    """After so many stages without gain as patience allows."""
    flat = (won("s1", 0.9), won("s2", 0.901))
    assert adaptive(flat) == End("finished", 'acc 0.901: "s2" brought less than 0.50% over 0.9')
    assert ran(adaptive(flat, "[adaptive]\npatience = 2")).name == "s3"
    assert isinstance(adaptive((*flat, won("s3", 0.9)), "[adaptive]\npatience = 2"), End)


def test_adaptive_knows_which_way_is_better() -> None:
    """With goal = "min" a falling loss is a gain."""
    text = ladder_text(ADAPTIVE).replace('"max"', '"min"')
    strategy = strategy_for(parse_plan(text, "p"))
    assert ran(strategy.next(History((won("s1", 0.9), won("s2", 0.5))), FREE)).name == "s3"
    assert ran(strategy.next(History((won("s1", 0.5), won("s2", 0.9))), FREE)).name == "s1-2"


def test_adaptive_repeats_what_missed_its_gate() -> None:
    """A gate is a reason to stay; any other failure ends the session."""
    missed = won("s1", 0.3, outcome="failed", below_gate=True)
    assert ran(adaptive((missed,))).name == "s1-2"
    assert adaptive((missed, replace(missed, stage="s1-2"))) == End("failed", '"s1" missed its gate in each of 2 runs')
    assert adaptive((won("s1", 0.3, outcome="failed"),)) == End("failed", '"s1" failed')


def test_adaptive_passes_what_is_skipped_and_waits_for_what_is_held() -> None:
    """Skipped stages never run, wherever they stand in the history; without a metric it goes on as listed."""
    skipped = tuple(won(name, outcome="skipped") for name in ("s1", "s3", "s4", "s5"))
    assert ran(adaptive(skipped)).name == "s2"
    assert adaptive((*skipped, won("s2"))).reason == "every stage of the plan has ended"
    assert ran(adaptive((won("s1"),))).name == "s2"
    assert adaptive((won("s1"),), held=frozenset({"s2"})) == Wait("held: s2")
    assert adaptive((won("s1"),), open=frozenset({"s2"})) == Wait("a stage is running")
