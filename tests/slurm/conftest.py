"""One cluster for all tests of a worker; each test starts with an empty queue and leaves one."""

from __future__ import annotations

import pytest

from tests.support.slurm_cluster import SlurmCluster, missing, search_path


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent.name == "slurm":
            item.add_marker("service")


@pytest.fixture(scope="session")
def whole_cluster(tmp_path_factory):
    if why := missing():
        pytest.skip(why)
    cluster = SlurmCluster(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def cluster(whole_cluster, monkeypatch):
    """The cluster; runners and tools of the test find it by SLURM_CONF."""
    monkeypatch.setenv("SLURM_CONF", str(whole_cluster.config))
    monkeypatch.setenv("PATH", search_path())
    monkeypatch.setenv("AUTOTRAIN_QUEUE_SECONDS", "1")
    yield whole_cluster
    whole_cluster.clear()
