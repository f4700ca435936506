"""``microdrama dashboard``: the live page."""

from __future__ import annotations

import argparse

from .common import Parser


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="where to listen; 0.0.0.0 lets a class in (default: 127.0.0.1)",
    )
    parser.add_argument("--port", type=int, default=8765, metavar="N", help="port to listen on (default: 8765)")
    parser.add_argument(
        "--visitors",
        type=int,
        default=40,
        metavar="N",
        help="visitors with own worlds at a time, watchers not counted (default: 40)",
    )
    parser.add_argument(
        "--idle-minutes",
        type=float,
        default=30,
        metavar="N",
        help="minutes after which an idle session is suspended (default: 30)",
    )
    parser.add_argument(
        "--results", default="results", metavar="DIR", help="folder below which sweeps can be opened (default: results)"
    )
    parser.add_argument("--open", action="store_true", help="open a browser as well")


def act(chosen: argparse.Namespace) -> None:
    """Run. The page takes this process over, by name: nothing here imports it."""
    import importlib.util
    import os
    import secrets
    import sys

    from microdrama.model.errors import InputError

    problems = []
    if chosen.visitors < 1:
        problems.append(f"--visitors {chosen.visitors}: at least 1")
    if not chosen.idle_minutes > 0:
        problems.append(f"--idle-minutes {chosen.idle_minutes:g}: must be more than 0")
    if importlib.util.find_spec("solara") is None or importlib.util.find_spec("solara_assets") is None:
        problems.append("the live page needs more packages: pip install 'microdrama[dashboard]'")
    if problem := _cannot_listen(chosen.host, chosen.port):
        problems.append(problem)
    if problems:
        raise InputError(problems)
    settings = {
        "MICRODRAMA_VISITORS": str(chosen.visitors),
        "MICRODRAMA_IDLE_MINUTES": str(chosen.idle_minutes),
        "MICRODRAMA_RESULTS": chosen.results,
        "SOLARA_SESSION_SECRET_KEY": secrets.token_hex(),
        "SOLARA_SESSION_HTTP_ONLY": "true",
        "SOLARA_KERNEL_CULL_TIMEOUT": "10m",
        "SOLARA_THEME_SHOW_BANNER": "false",
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
        "PYTHONWARNINGS": "ignore:Cookies with samesite:UserWarning",
    }
    words = [
        "run",
        "microdrama.dashboards.pages.app",
        "--production",
        "--host",
        chosen.host,
        "--port",
        str(chosen.port),
    ]
    words.append("--open" if chosen.open else "--no-open")
    if chosen.host not in ("127.0.0.1", "localhost", "::1"):
        print("anybody who can reach this machine can open the page: it has no password", file=sys.stderr)
    print(f"the page will be at http://{chosen.host}:{chosen.port} in a few seconds; Ctrl-C ends it", file=sys.stderr)
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, "-m", "solara", *words], os.environ | settings)


def _cannot_listen(host: str, port: int) -> str:
    """Why nothing can listen there, empty if something can."""
    import socket

    if not 1 <= port <= 65535:
        return f"--port {port}: must be from 1 to 65535"
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --port or --host"
    return ""
