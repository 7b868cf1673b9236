"""What counts as an answer of Ray, and what decides nothing."""

from __future__ import annotations

import pytest

from autotrain_tui.ray.job_client import JobClient, RayNotAsked, RefusedByRay, is_loopback
from tests.ray.fake_ray import FakeRay


@pytest.fixture
def ray():
    cluster = FakeRay()
    yield cluster
    cluster.close()


def test_an_answer_of_ray_is_read(ray):
    """Version and jobs."""
    client = JobClient(ray.address + "/")
    assert client.version() == "2.60.0"
    assert client.jobs() == {}


def test_what_is_no_answer_of_ray_decides_nothing(ray):
    """HTTP 503, a closed port, and a server that is something else: none says that a job is not there."""
    ray.away = True
    with pytest.raises(RayNotAsked, match="HTTP 503: upstream connect error"):
        JobClient(ray.address).jobs()
    with pytest.raises(RayNotAsked, match="http://127.0.0.1:9: Connection refused"):
        JobClient("http://127.0.0.1:9").jobs()
    with pytest.raises(RayNotAsked, match="no list of jobs"):
        _client_that_gets(ray, {"jobs": "none"}).jobs()
    with pytest.raises(RayNotAsked, match="not as Ray does"):
        _client_that_gets(ray, ["hello"]).version()


def _client_that_gets(ray: FakeRay, answer: object) -> JobClient:
    client = JobClient(ray.address)
    client._ask = lambda *_: answer  # type: ignore[method-assign]
    return client


def test_a_redirect_does_not_take_the_token_elsewhere(ray):
    """It is not followed: the other server hears nothing."""
    other = FakeRay()
    try:
        ray.redirects = other.address
        with pytest.raises(RayNotAsked, match="HTTP 307"):
            JobClient(ray.address, "t0ken").jobs()
        assert other.calls == []
    finally:
        other.close()


def test_a_token_that_is_missing_is_a_refusal():
    """HTTP 401 is an answer."""
    cluster = FakeRay("t0ken")
    try:
        with pytest.raises(RefusedByRay, match="HTTP 401"):
            JobClient(cluster.address).version()
        assert JobClient(cluster.address, "t0ken").version() == "2.60.0"
    finally:
        cluster.close()


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("http://127.0.0.1:8265", True),
        ("http://localhost:8265", True),
        ("http://[::1]:8265", True),
        ("http://127.0.0.1.example.com:8265", False),
        ("http://localhost.example.com", False),
        ("http://10.0.0.1:8265", False),
        ("http://0.0.0.0:8265", False),
    ],
)
def test_addresses_of_this_machine(address, own):
    """Only these may go without a token."""
    assert is_loopback(address) is own
