"""What a server of worker processes has ready for all of them: the model, and its loops, loaded by a tiny run."""

import contextlib

from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.prepare import compile_month, is_compiled

from . import job

__all__ = ["job"]

with contextlib.suppress(Exception):  # a worker that fails says why
    if not is_compiled():
        compile_month()
    MicroDramaEconomy("baseline", rng=1, scale=0.005).run_for(2)
