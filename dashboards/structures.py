"""What two worlds differ by if the model were built otherwise: the same pair under each structure left open."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np

from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.parameters import PARAMETERS

from .messages import refusal
from .other_seeds import COLUMNS, other_seeds, submit
from .story import Story

STRUCTURES: dict[str, tuple[Any, ...]] = {
    "crisis_control": ("before", "trend", "peak"),
    "pass_through": (True, False),
    "outside_income_elasticity": (0.2, 0.0),
    "fiscal_rule": ("prior_claim", "residual"),
}
"""Choices that the evidence leaves open (the last: that it rejects), the default first."""
SEEDS = 3
"""Other seeds under which each is run."""


def otherwise(story: Story, name: Any, value: Any) -> Story:
    """A story in which one of the choices is another. Raises InputError."""
    if name not in STRUCTURES or value not in STRUCTURES[name]:
        raise refusal("no_structure", name=str(name)[:30], value=str(value)[:20])
    rest = tuple(pair for pair in story.values if pair[0] != name)
    own = () if value == PARAMETERS[name].default else ((name, value),)
    return dataclasses.replace(story, values=(*rest, *own))


def variants() -> list[tuple[str, Any]]:
    """The usual structure (no name), and each choice away from its default alone."""
    return [("", None), *((name, value) for name, values in STRUCTURES.items() for value in values[1:])]


class Structures:
    """Runs of two stories under every structure, one after the other; ``send`` gets each as it comes."""

    def __init__(self, stories: tuple[Story, Story], send: Callable[[dict[str, Any]], None]) -> None:
        self._send, self._cancelled = send, False
        seeds = [stories[0].seed, *other_seeds(stories[0].seed)[: SEEDS - 1]]
        self._jobs = [(variant, seed) for variant in variants() for seed in seeds]
        self._stories = stories
        self._next(0)

    def close(self) -> None:
        """Send no more."""
        self._cancelled = True

    def _next(self, number: int) -> None:
        if self._cancelled or number == len(self._jobs):
            return
        (name, value), seed = self._jobs[number]
        plain = [self._plain(story, seed) for story in self._stories]
        stories = tuple(otherwise(story, name, value) if name else story for story in plain)

        def done(future: Future[Any]) -> None:
            if self._cancelled:
                return
            told = {"name": name, "value": value, "seed": seed, "of": len(self._jobs), "done": number + 1}
            if not future.cancelled() and future.exception() is None:
                told["shares"] = yearly_shares(future.result())
            self._send(told)
            self._next(number + 1)

        submit(stories, done)

    @staticmethod
    def _plain(story: Story, seed: int) -> Story:
        values = tuple(pair for pair in story.values if pair[0] not in STRUCTURES)
        return dataclasses.replace(story, seed=seed, values=values)


def yearly_shares(data: bytes) -> list[list[list[float]]]:
    """(worlds, months, cities) shares of shooting days over 12 months, %, from what other seeds return."""
    values = np.frombuffer(data, "<f4")
    days = values.reshape(2, -1, len(COLUMNS), len(shipped_cities()))[:, :, 0].astype(float)
    year = np.cumsum(days, axis=1)
    year[:, 12:] -= year[:, :-12].copy()
    shares = 100 * year / np.maximum(year.sum(axis=2, keepdims=True), 1e-9)
    found: list[list[list[float]]] = np.round(shares, 2).tolist()
    return found
