"""The table `slurm` of a plan, and what Slurm's tools print, read without Slurm."""

from __future__ import annotations

import pytest

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.dump import dump_plan
from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.slurm_settings import settings_of, time_seconds
from autotrain_tui.slurm.cluster import limit_seconds
from autotrain_tui.slurm.controller import PING_SECONDS, controller_trouble
from autotrain_tui.slurm.job_list import NotAList, cure, jobs_in
from autotrain_tui.slurm.tools import ToolAnswer, environment_for_jobs

HEAD = 'name = "t"\ncommand = ["true"]\nlauncher = "slurm"\n'


def one(table: str, own: str = ""):
    return parse_plan(f'{HEAD}[slurm]\n{table}\n[[stage]]\nname = "a"\n{own}\n', "t.toml").stages[0]


def test_a_stages_table_is_joined_with_the_plans() -> None:
    """What a stage does not say is the plan's; what it says wins."""
    found = settings_of(one('partition = "gpu"\ntime = "2:00:00"', 'slurm = { time = "90" }'))
    assert (found.partition, found.time, found.resubmit, found.setup) == ("gpu", "90", True, ())


def test_a_dump_loads_to_the_same_plan() -> None:
    """Recovery reads the dumped plan."""
    table = (
        'partition = "gpu"\nsetup = ["module load cuda"]\nextra = ["--exclude=n7"]\ncpus_per_task = 4\nresubmit = false'
    )
    plan = parse_plan(
        f'{HEAD}[slurm]\n{table}\n[[stage]]\nname = "a"\n[[stage]]\nname = "b"\nslurm.mem = "1G"\n', "t.toml"
    )
    assert parse_plan(dump_plan(plan), "again.toml") == plan


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('partitoin = "gpu"', "unknown key"),
        ('time = "soon"', "expected a time"),
        ('extra = ["--requeue"]', "can't be given"),
        ('extra = ["n7"]', "expected an option of sbatch"),
        ('extra = ["--output=/x"]', "can't be given"),
        ('setup = ["a\\nb"]', "expected one line"),
        ('partition = "a b"', "expected one word"),
        ("cpus_per_task = 0", "from 1 to"),
    ],
)
def test_a_bad_table_is_refused(table: str, said: str) -> None:
    """With the key's place and what was expected."""
    with pytest.raises(PlanError) as refused:
        one(table)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 5400), ("1:30", 90), ("12:00:00", 43200), ("2-12", 216000), ("1-0:30", 88200), ("0", None), ("x", None)],
)
def test_times_are_sbatchs(text: str, seconds: float | None) -> None:
    """Minutes, M:S, H:M:S, D-H, D-H:M."""
    assert time_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("1:00:00", 3600), ("30:00", 1800), ("2-00:00:00", 172800), ("infinite", None)]
)
def test_limits_are_sinfos(text: str, seconds: float | None) -> None:
    """As sinfo prints a partition's limit."""
    assert limit_seconds(text) == seconds


def test_only_a_whole_list_of_jobs_counts() -> None:
    """One strange line makes the whole answer none: a missing job would else count as ended."""
    text = "7|PENDING|Resources||N/A|1:00|a|b\n8|RUNNING|None|n1|2026-11-28T14:00:00|59:00|c\n"
    found = jobs_in(text)
    assert (found["7"].name, found["7"].queued, found["8"].nodes, found["8"].ended) == ("a|b", True, "n1", False)
    for bad in (text + "slurm_load_jobs error", "<html>", "7|running|None|n1|x|y|z", "7|RUNNING"):
        with pytest.raises(NotAList):
            jobs_in(bad)
    assert jobs_in("") == {}


def test_only_reasons_that_last_have_a_cure() -> None:
    """Waiting for nodes is usual."""
    assert cure("Resources") == cure("Priority") == ""
    assert "lower [slurm] time" in cure("PartitionTimeLimit")
    assert "limit of the qos" in cure("QOSMaxJobsPerUserLimit")


def test_variables_that_change_a_job_are_left_out() -> None:
    """All of Slurm's but the one that says where the cluster is."""
    given = {"SBATCH_TIMELIMIT": "1", "SLURM_JOB_ID": "3", "SLURM_CONF": "/c", "SRUN_DEBUG": "1", "HOME": "/h"}
    assert environment_for_jobs(given) == {"SLURM_CONF": "/c", "HOME": "/h"}


UP, DOWN = "Slurmctld(primary) at one is UP", "Slurmctld(backup1) at two is DOWN"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ToolAnswer(True, f"{UP}\n"), ""),
        (ToolAnswer(False, f"{UP}\n{DOWN}\n", "scontrol ended with exit status 1"), ""),
        (ToolAnswer(False, f"{DOWN}\n***\n** RESTORE **\n", "scontrol ended with exit status 1"), DOWN),
        (ToolAnswer(True, f"{DOWN}\n"), DOWN),
        (ToolAnswer(False, "", "scontrol gave no answer within 5 s"), "scontrol gave no answer within 5 s"),
        (ToolAnswer(True, "pong\n"), ""),
    ],
)
def test_one_controller_that_answers_is_enough(answer: ToolAnswer, said: str) -> None:
    """The ping is limited in time; only a list without one that is up, or no answer, is trouble."""
    asked = []

    def run(words: list[str], *, patience: float) -> ToolAnswer:
        asked.append((words, patience))
        return answer

    assert controller_trouble(run) == said
    assert asked == [(["scontrol", "ping"], PING_SECONDS)]
