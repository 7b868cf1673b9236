"""How a server was started."""

from __future__ import annotations

from pathlib import Path

import msgspec

from autotrain_tui.web.guard.access_tokens import AccessTokens
from autotrain_tui.web.guard.request_check import RequestRules, is_loopback

__all__ = ["ServeSettings"]


class ServeSettings(msgspec.Struct, frozen=True):
    """What `serve` was told; `port` is the one that it listens on."""

    sessions: Path
    project: Path | None
    tokens: AccessTokens
    bind: str = "127.0.0.1"
    port: int = 8765
    session: str = ""
    """The session that the log-in leads to; empty: the list."""
    names: tuple[str, ...] = ()
    tls: tuple[Path, Path] | None = None
    """Certificate and key."""
    behind_proxy: bool = False
    terminal: bool = False
    """Whether the screen is served too."""
    textfile: Path | None = None
    """The folder of Prometheus' textfile collector."""

    @property
    def cookie(self) -> str:
        """The cookie's name: cookies know no port, so that two servers on one machine need two names."""
        return f"autotrain_{self.port}"

    @property
    def scheme(self) -> str:
        """The scheme of its own address."""
        return "https" if self.tls else "http"

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by TLS, so that the cookie may be kept to it."""
        return self.tls is not None

    @property
    def address(self) -> str:
        """Its own address, as printed."""
        host = f"[{self.bind}]" if ":" in self.bind else self.bind
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def start(self) -> str:
        """The path that the log-in leads to."""
        return f"/s/{self.session}" if self.session else "/"

    def rules(self) -> RequestRules:
        """The names it answers to: those of this machine's own address, the one it is bound to, and those given.

        The port is not compared: `ssh -L 9000:127.0.0.1:8765` shows the page at port 9000.
        """
        own = {"localhost", "127.0.0.1", "::1"} if is_loopback(self.bind) else {self.bind.lower()}
        schemes = ("https",) if self.tls else ("http", "https") if self.behind_proxy else ("http",)
        return RequestRules(frozenset(own | {name.lower() for name in self.names}), schemes)
