"""What a server of worker processes has ready for all of them: the model, and its loops, loaded by a tiny run."""

import contextlib

from microdrama.model.economy import MicroDramaEconomy

from . import job

__all__ = ["job"]

with contextlib.suppress(Exception):  # a worker that fails says why
    MicroDramaEconomy("baseline", rng=1, scale=0.005).run_for(2)
