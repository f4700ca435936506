"""Jobs in worker processes."""

import gc
import weakref

import pytest

from microdrama.experiments.running.engines import tidily
from microdrama.model import MicroDramaEconomy


@pytest.mark.parametrize("fails", [False, True])
def test_a_job_leaves_no_economy_behind(fails):
    made = []

    def job(seed):
        economy = MicroDramaEconomy("baseline", rng=seed, scale=0.02)
        economy.run_for(2)
        made.append(weakref.ref(economy))
        if fails:
            raise ValueError("no")
        return seed

    gc.disable()  # nothing but the engine tidies up
    try:
        for seed in range(3):
            if fails:
                with pytest.raises(ValueError, match="no"):
                    tidily(job, seed)
            else:
                assert tidily(job, seed) == seed
        assert [ref() for ref in made[:-1]] == [None, None]
    finally:
        gc.enable()
