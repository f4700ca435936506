"""What tests of the page share: a page that notes what it is told, and takes every frame."""

import time

from microdrama.dashboards.audience import Viewer
from microdrama.dashboards.session import Session
from microdrama.model import MicroDramaEconomy
from microdrama.model.prepare import compile_month, is_compiled
from worlds import every_instrument


class Page:
    """Stands in for the browser."""

    def __init__(self, *, answers=True):
        self.told, self.answers = [], answers
        self.viewer = Viewer(self.take)
        self.command = None

    def take(self, kind, content, buffers):
        self.told.append((kind, content, buffers))
        if kind == "frame" and self.answers and self.command:
            self.command({"do": "ack", "frame": content["frame"]})

    def last(self, kind):
        return next((content for told, content, _ in reversed(self.told) if told == kind), None)

    def frames(self):
        return [content for kind, content, _ in self.told if kind == "frame"]


def warmed():
    """Compile what a month needs, so that nobody waits for it later."""
    if not is_compiled():
        compile_month(every_instrument())
    MicroDramaEconomy(every_instrument(), rng=9, scale=0.02).run_for(14)


def until(true, seconds=60):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def shown(stories=None, month=0, **more):
    """A session on show to a page."""
    page = Page(**more)
    session = Session()
    page.command = session.post
    if stories is not None:
        session.post({"do": "begin", "stories": stories, "month": month})
    session.post({"do": "attach", "viewer": page.viewer, "owner": True})
    until(lambda: page.last("state") and session.worlds and len(session.worlds[0].economy.panel) == month)
    until(lambda: session.target < 0)
    return session, page


def obeyed(session, page, **command):
    """Give a command and wait until the session has obeyed all it was given."""
    seen = len(page.told)
    session.post(command)
    session.post({"do": "ping", "frame": page.viewer.sent})
    until(lambda: any(kind == "pong" for kind, *_ in page.told[seen:]))
