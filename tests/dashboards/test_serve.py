"""Under which names the page is served, and to whose pages."""

import asyncio

import pytest

from microdrama.dashboards.serve import KnownHosts, known


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8765", "[::1]:8765", "192.168.1.7", "room.local:80", "class"])
def test_names_of_this_machine_addresses_and_allowed_names_are_known(host):
    assert known(host, {"class"})


@pytest.mark.parametrize("host", ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil", "[::1", "class.evil"])
def test_other_names_are_not(host):
    assert not known(host, {"class"})


@pytest.mark.parametrize(
    ("kind", "host", "origin", "passes"),
    [
        ("http", "127.0.0.1:8765", "http://evil.example", True),
        ("http", "evil.example", None, False),
        ("websocket", "127.0.0.1:8765", "http://127.0.0.1:8765", True),
        ("websocket", "127.0.0.1:8765", None, True),  # not a browser
        ("websocket", "127.0.0.1:8765", "http://evil.example", False),
        ("websocket", "127.0.0.1:8765", "http://127.0.0.1:9999", False),
        ("lifespan", "", None, True),
    ],
)
def test_a_websocket_must_come_from_this_page(kind, host, origin, passes):
    seen, sent = [], []

    async def app(scope, receive, send):
        seen.append(scope)

    async def send(message):
        sent.append(message)

    headers = [(b"host", host.encode()), *([(b"origin", origin.encode())] if origin else [])]
    asyncio.run(KnownHosts(app, set())({"type": kind, "headers": headers}, None, send))
    assert bool(seen) == passes and bool(sent) != passes
    if kind == "http" and not passes:
        assert sent[0]["status"] == 421 and b"--allow-host" in sent[1]["body"]
