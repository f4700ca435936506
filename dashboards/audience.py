"""The pages that show a session: the visitor's own, which sets the pace, and watchers, who may miss months."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from .world import World, frame

RESEND_SECONDS = 2.0
"""A frame that was not acknowledged is sent again after this time: the connection may have been lost."""
GIVE_UP_SECONDS = 60.0
"""After this time without an answer nothing is sent until the page asks."""


class Viewer:
    """A page that shows a session: ``send(kind, content, buffers)`` reaches it from any thread."""

    def __init__(self, send: Callable[[str, Any, list[bytes]], None]) -> None:
        self.send = send
        self.voter = ""
        self.reset()

    def reset(self) -> None:
        """Forget what was sent."""
        self.acked = self.sent = -1
        self.sent_at, self.months = 0.0, 0

    @property
    def ready(self) -> bool:
        """Whether it has acknowledged everything it was sent."""
        return self.acked >= self.sent

    @property
    def seconds_since_sent(self) -> float:
        """Seconds since the last frame was sent."""
        return time.monotonic() - self.sent_at

    def deliver(self, kind: str, content: Any, buffers: list[bytes] | None = None) -> None:
        """Send; failing to reach a page is logged and is not an error."""
        try:
            self.send(kind, content, buffers or [])
        except Exception:
            logging.getLogger(__name__).warning("a page could not be reached", exc_info=True)


class Audience:
    """All pages of one session."""

    def __init__(self) -> None:
        self.owner: Viewer | None = None
        self.watchers: list[Viewer] = []
        self.frame_number = 0

    def __iter__(self) -> Any:
        return iter([viewer for viewer in (self.owner, *self.watchers) if viewer])

    def broadcast(self, kind: str, content: Any) -> None:
        """Send the same to all pages."""
        for viewer in self:
            viewer.deliver(kind, content)

    def show(
        self, worlds: list[World], more: dict[str, Any], *, again: bool, history: bool, only: Viewer | None = None
    ) -> None:
        """Send the month and earlier months that a page lacks; to watchers only if they acknowledged the last.

        ``again`` is for a month they may have already, ``history`` for all months from the first.
        """
        self.frame_number += not again
        made: dict[int, tuple[dict[str, Any], list[bytes]]] = {}
        for viewer in self if only is None else [only]:
            if history:
                viewer.months = 0
            if viewer is not self.owner and not viewer.ready and viewer.seconds_since_sent < RESEND_SECONDS:
                continue  # it will get this month with the next
            if viewer.months not in made:
                header, buffers = frame(worlds, self.frame_number, viewer.months)
                made[viewer.months] = header | more, buffers
            header, buffers = made[viewer.months]
            viewer.sent, viewer.sent_at, viewer.months = self.frame_number, time.monotonic(), worlds[0].month
            viewer.deliver("frame", header, buffers)
