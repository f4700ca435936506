"""``microdrama dashboard``: the live page."""

from .common import Chosen, Parser


def add(parser: Parser) -> None:
    parser.takes("--host ADDRESS", "where to listen; 0.0.0.0 lets a class in", "127.0.0.1")
    parser.takes("--port N", "port to listen on", 8765, low=1, high=65535)
    parser.takes("--visitors N", "visitors with own worlds at a time, watchers not counted", 40, low=1, high=10_000)
    parser.takes("--idle-minutes N", "minutes after which an idle session is suspended", 30.0, low=0.01, high=1e6)
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name under which the page may be opened, "
        "beside names of this machine and addresses in figures; may be given again",
    )
    parser.takes("--results DIR", "folder below which sweeps can be opened", "results")
    parser.takes("--state DIR", "folder in which games are kept for a restart; without it nothing is written", "")
    parser.takes("--open", "open a browser as well")


def act(chosen: Chosen) -> None:
    """The page takes this process over, by name: nothing here imports it."""
    import importlib.util
    import os
    import secrets
    import sys

    from microdrama.model.errors import InputError

    problems = []
    if importlib.util.find_spec("solara") is None or importlib.util.find_spec("solara_assets") is None:
        problems.append("the live page needs more packages: pip install 'microdrama[dashboard]'")
    if problem := _cannot_listen(chosen.host, chosen.port):
        problems.append(problem)
    if chosen.state and (problem := _cannot_write(chosen.state)):
        problems.append(problem)
    if problems:
        raise InputError(problems)
    names = [chosen.host, *chosen.allow_host]
    settings = {
        "MICRODRAMA_HOSTS": " ".join(name.lower() for name in names),
        "MICRODRAMA_VISITORS": str(chosen.visitors),
        "MICRODRAMA_IDLE_MINUTES": f"{chosen.idle_minutes:g}",
        "MICRODRAMA_RESULTS": chosen.results,
        "MICRODRAMA_STATE": os.path.abspath(chosen.state) if chosen.state else "",
        "SOLARA_SESSION_SECRET_KEY": secrets.token_hex(),
        "SOLARA_SESSION_HTTP_ONLY": "true",
        "SOLARA_KERNEL_CULL_TIMEOUT": "10m",
        "SOLARA_THEME_SHOW_BANNER": "false",
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
        "PYTHONWARNINGS": "ignore:Cookies with samesite:UserWarning",
    }
    words = [
        "microdrama.dashboards.serve",
        "run",
        "microdrama.dashboards.pages.app",
        "--production",
        "--host",
        chosen.host,
    ]
    words += ["--port", str(chosen.port), "--open" if chosen.open else "--no-open"]
    if chosen.host not in ("127.0.0.1", "localhost", "::1"):
        print("anybody who can reach this machine can open the page: it has no password", file=sys.stderr)
    where = _addresses(chosen.host, chosen.port)
    print(f"the page will be at {where} in a few seconds; Ctrl-C ends it", file=sys.stderr)
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, "-m", *words], os.environ | settings)


def _addresses(host: str, port: int) -> str:
    """Where the page can be opened: here and, if it listens everywhere, from other machines of the network."""
    import socket

    if host not in ("0.0.0.0", "::"):
        return f"http://{host}:{port}"
    here = f"http://127.0.0.1:{port}"
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing; the system chooses the address it would send from
            own = probe.getsockname()[0]
    except OSError:
        return here
    return f"http://{own}:{port} (for phones and other machines of its network, and here)" if own else here


def _cannot_write(folder: str) -> str:
    """Why nothing can be kept in a folder, which is made if it is not there; empty if something can."""
    import os
    import tempfile

    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f"--state {folder}: {error.strerror or error}"


def _cannot_listen(host: str, port: int) -> str:
    """Why nothing can listen there, empty if something can."""
    import socket

    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --port or --host"
    return ""
