"""What a study will run: its runs in order, as little of each in memory as tells them apart, and what they may take."""

from __future__ import annotations

import dataclasses
import pickle
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, overload

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.inputs.parameters import Parameters
from microdrama.model.inputs.scenario import Scenario

from ..design.levers import branch_of
from ..design.study import Study
from ..files import code_version
from .job import Job, Order, run_id
from .parts import named, packed
from .user_code import UserCode

FUTURES = 64
"""Most runs that differ in draws from a month on and are done in a row: their past is one run."""

CARRIED = 256
"""Scenarios of the first points that are at hand, over all members; others are built again when they are sent."""


def version_of(own: UserCode) -> str:
    """Version of all code that decides the outcome of runs."""
    return "+".join(filter(None, (code_version(), own.version)))


type Made = dict[int, tuple[Array, dict[int, Scenario]]]
"""Fingerprints of all points, and the first scenarios, by member of the ensemble."""


class Jobs(Sequence[Job]):
    """Runs of a study in order, point by point, as little of each as tells them apart; equal points share their runs.

    Attributes
    ----------
    ids : (runs,) array
        Their names, :func:`~.store.packed`.
    """

    def __init__(self, study: Study, own: UserCode | None = None, made: Made | None = None) -> None:
        self.study, self._made, self._own = study, {} if made is None else made, own or UserCode.of()
        self._code = version_of(self._own)
        self._branches = [branch_of(point) for point in study.points]
        members = [study.member(seed) for seed in study.seeds]
        for member in dict.fromkeys(members):
            if member not in self._made:
                self._made[member] = np.zeros(len(study.points), "S16"), {}
        more = study.city, study.panel, version_of(self._own)
        names = []
        for number, branch in enumerate(self._branches):
            of = {member: self._print(number, member) for member in dict.fromkeys(members)}
            runs = (run_id(of[m], s, *more, branch, cells=study.cells) for m, s in zip(members, study.seeds))
            names.append(packed(runs))
        self.ids = np.concatenate(names)

    def _print(self, point: int, member: int) -> str:
        prints, sent = self._made[member]
        if not prints[point]:
            scenario = self.study.at(self.study.points[point], member)
            prints[point] = scenario.fingerprint.encode()
            if len(sent) < CARRIED // len(self._made):
                sent[point] = scenario
        return str(prints[point].decode())

    def scenario(self, point: int, seed: int) -> Scenario:
        """What the runs of a point with a seed are of."""
        member = self.study.member(seed)
        return self._made[member][1].get(point) or self.study.at(self.study.points[point], member)

    def sent(self, jobs: Iterable[Job]) -> dict[str, bytes]:
        """Scenarios of jobs, by fingerprint, as they are sent."""
        return {
            name: pickle.dumps(self.scenario(job.point, job.seed))
            for name, job in {j.fingerprint: j for j in jobs}.items()
        }

    def order(self, jobs: Sequence[Job], only: Collection[str] | None = None, **how: Any) -> Order:
        """Jobs for one worker, with the scenarios that they run, or only some of these."""
        scenarios = self.sent(job for job in jobs if only is None or job.fingerprint in only)
        what = self.study.city, self.study.panel, self.study.cells
        return Order(tuple(jobs), scenarios, self._code, *what, own=self._own, **how)

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, at: int) -> Job: ...
    @overload
    def __getitem__(self, at: slice) -> list[Job]: ...
    def __getitem__(self, at: int | slice) -> Job | list[Job]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        point, seed = divmod(range(len(self))[at], len(self.study.seeds))
        seed = self.study.seeds[seed]
        fingerprint = self._print(point, self.study.member(seed))
        return Job(named(self.ids[at : at + 1 or None])[0], point, seed, self._branches[point], fingerprint)


def together(jobs: Jobs, todo: Array, most: int) -> Iterator[tuple[list[int], int]]:
    """Runs with the same draws that differ only in policies, and the months before the first of these begins."""
    study = jobs.study
    bare: dict[str, int] = {}
    policies: dict[tuple[int, int], tuple[int, Counter[Any], int]] = {}
    members = [study.member(seed) for seed in study.seeds]
    for i in todo.tolist():
        if (at := (i // len(members), members[i % len(members)])) not in policies:
            scenario = jobs.scenario(at[0], study.seeds[i % len(members)])
            name = dataclasses.replace(scenario, policies=()).fingerprint
            policies[at] = bare.setdefault(name, len(bare)), Counter(scenario.policies), scenario.parameters.months

    def about(i: int) -> tuple[int, Counter[Any], int]:
        return policies[i // len(members), members[i % len(members)]]

    alike = np.array([about(i)[0] for i in todo.tolist()]) * len(members) + todo % len(members)
    _, first, group = np.unique(alike, return_index=True, return_inverse=True)
    order = np.argsort(first[group], kind="stable")  # groups in the order of their first runs
    for same in np.split(todo[order], np.flatnonzero(np.diff(first[group][order])) + 1):
        step = max(most, FUTURES) if jobs[int(same[0])].branch else most
        for i in range(0, len(same), step):
            chunk = same[i : i + step].tolist()
            turns = [branch.month for run in chunk if (branch := jobs[run].branch)]
            held = [about(run)[1] for run in chunk]
            differ = [w for one in held for other in held for w in one - other]
            yield chunk, min([w.start for w in differ] + turns + [about(chunk[0])[2]])


class Estimate(NamedTuple):
    """What a study may take, if nothing of it is completed."""

    runs: int
    seconds: float
    bytes: float

    @classmethod
    def of(cls, study: Study, workers: int) -> Estimate:
        """From what months cost on a laptop's core (:func:`run_seconds`), and a city's month on disk."""
        seeds = study.stop.max_seeds if study.stop else len(study.seeds)
        worlds = [study.at(point) for point in study.points]
        seconds = sum(run_seconds(at.parameters) for at in worlds) * seeds / max(workers, 1)
        return cls(len(worlds) * seeds, seconds, sum(run_bytes(study, at) for at in worlds) * seeds)


def run_bytes(study: Study, at: Scenario) -> float:
    """About what a run takes on disk."""
    return 1500.0 + (280 * at.parameters.months * len(at.cities) if study.panel else 0)


def run_seconds(p: Parameters) -> float:
    """About what a run takes on a laptop's core."""
    return p.months * (0.013 + 0.045 * p.scale)
