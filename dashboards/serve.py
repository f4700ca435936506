"""Starts Solara with the page, for names of this machine and those that were allowed: ``python -m ... serve WORDS``."""

from __future__ import annotations

import contextlib
import ctypes
import ipaddress
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
M_ARENA_MAX = -8
"""The number that glibc's malloc.h gives this option."""
LOCAL = {"localhost", "ip6-localhost"}
REFUSED = b"This page is not served under this name. Whoever started it can allow it: --allow-host NAME\n"


def name_of(host: str) -> str:
    """The name in a Host header, without port; empty if it is no host at all."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def known(host: str, allowed: set[str]) -> bool:
    """Whether a Host header names this machine, gives an address in figures, or is among those allowed.

    A name that a stranger's site made point here is none of these, so his pages cannot read this one.
    """
    name = name_of(host)
    if name in LOCAL or name.endswith((".localhost", ".local")) or name in allowed:
        return True
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


class KnownHosts:
    """Refuses requests under other names, and websockets opened by pages that are not this one's."""

    def __init__(self, app: App, allowed: set[str]) -> None:
        self.app, self.allowed = app, allowed

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Pass on, or refuse."""
        if scope["type"] in ("http", "websocket"):
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            host, origin = headers.get(b"host", ""), headers.get(b"origin")
            elsewhere = scope["type"] == "websocket" and origin is not None and urlsplit(origin).netloc != host
            if elsewhere or not known(host, self.allowed):
                await _refuse(scope, send)
                return
        await self.app(scope, receive, send)


async def _refuse(scope: Message, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": REFUSED})


def main() -> None:
    """Start Solara in this process; it leaves no other place where its server could be told."""
    with contextlib.suppress(OSError, AttributeError):  # else each visitor's thread keeps a heap of its own, for good
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, 2)
    import uvicorn
    from solara.__main__ import main as solara

    from microdrama.experiments.commands.common import compile_first

    compile_first()  # visitors would wait for it
    allowed = set(os.environ.get("MICRODRAMA_HOSTS", "").split())

    class Config(uvicorn.Config):
        def load(self) -> None:
            super().load()
            self.loaded_app = KnownHosts(self.loaded_app, allowed)

    uvicorn.Config = Config  # type: ignore[misc]
    sys.argv[0] = "solara"
    solara()


if __name__ == "__main__":
    main()
