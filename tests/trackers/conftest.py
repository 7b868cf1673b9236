"""Fixtures of the trackers' tests."""

from tests.cli.conftest import cache, project  # noqa: F401
