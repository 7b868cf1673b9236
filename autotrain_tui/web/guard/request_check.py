"""Which requests are answered at all: by their method, Host, Origin and size. Pure.

Host keeps out pages that rebind a name of their own to this machine; Origin keeps out pages of other sites.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping

import msgspec

__all__ = ["LARGEST_BODY", "Refusal", "RequestRules", "host_without_port", "is_loopback"]

LARGEST_BODY = 64 * 1024
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Refusal(msgspec.Struct, frozen=True):
    """Why a request is not answered: the status, and a sentence."""

    status: int
    text: str


class RequestRules(msgspec.Struct, frozen=True):
    """The names that the server answers to, and the schemes of its own pages."""

    names: Collection[str]
    schemes: Collection[str] = ("http",)

    def refusal(self, method: str, headers: Mapping[str, str]) -> Refusal | None:
        """Why the request is refused, None if it is not; header names in lower case."""
        if method not in ("GET", "HEAD", "POST"):
            return Refusal(405, f"{method[:20]} is not allowed here; expected GET, HEAD or POST")
        host = headers.get("host", "")
        if host_without_port(host) not in self.names:
            return Refusal(421, "this server does not answer to that host name; add it with --host-name")
        origin = headers.get("origin")
        if origin is not None and origin not in {f"{scheme}://{host}" for scheme in self.schemes}:
            return Refusal(403, "requests from other sites are refused")
        if method == "POST":
            if origin is None and headers.get("sec-fetch-site") != "same-origin":
                return Refusal(403, "a POST needs the header Origin or Sec-Fetch-Site: same-origin")
            return _too_large(headers.get("content-length"))
        return None


def _too_large(length: str | None) -> Refusal | None:
    """A body of a known length that is over the limit; one of an unknown length is counted while it is read."""
    if length is not None and (not length.isdigit() or int(length) > LARGEST_BODY):
        return Refusal(413, f"a body must be at most {LARGEST_BODY >> 10} KiB")
    return None


def host_without_port(host: str) -> str:
    """The name of a Host header in lower case: `[::1]:8765` is `::1`."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.rpartition(":")[0] if name.count(":") == 1 else name


def is_loopback(bind: str) -> bool:
    """Whether an address to bind to is only reachable from this machine."""
    try:
        return ipaddress.ip_address(bind).is_loopback
    except ValueError:
        return bind in _LOOPBACK_NAMES
