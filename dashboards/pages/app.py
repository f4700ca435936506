"""The live page: ``microdrama dashboard``. Every visitor has worlds of his own."""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara
from solara.server.kernel_context import get_current_context

from ..audience import Viewer
from ..session_registry import SessionRegistry, Visitor

logging.getLogger("mesa").setLevel(logging.WARNING)  # Mesa logs every step

warnings.filterwarnings("ignore", message="with these parameters shares may swing")

REGISTRY = SessionRegistry.from_environment()
PUBLIC = Path(__file__).parent.parent / "public"
VERSION = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(PUBLIC.iterdir()))).hexdigest()[:12]
"""Changes with the page's own files, so that browsers do not keep old ones."""


@solara.component_vue("stage.vue")
def Stage(version: str, event_command: Callable[[Any], None]) -> None:  # noqa: N802 - solara's way
    """Where the page's own scripts draw everything; see ``public/main.js``."""


@solara.component
def Page() -> None:  # noqa: N802 - the name solara looks for
    """One page; what it shows is decided in the browser."""
    page: dict[str, Any] = solara.use_memo(dict, [])

    def send(kind: str, content: Any, buffers: list[bytes]) -> None:
        if "widget" in page:
            with page["context"]:
                page["widget"].send({"method": "receive", "args": [kind, content]}, buffers or None)

    visitor = solara.use_memo(lambda: Visitor(REGISTRY, Viewer(send)), [])
    solara.Title("A regional micro-drama economy")
    stage = Stage(version=VERSION, event_command=visitor.command)

    def appear() -> Callable[[], None]:
        page["context"], page["widget"] = get_current_context(), solara.get_widget(stage)

        def vanish() -> None:
            page.clear()
            visitor.leave()

        return vanish

    solara.use_effect(appear, [])


@solara.component
def Layout(children: list[Any]) -> Any:  # noqa: N802 - the name solara looks for
    """Nothing around the page."""
    return solara.Column(children=children, style={"padding": "0"})
