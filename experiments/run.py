"""One run: from a scenario and a seed to a finished economy."""

from collections.abc import Callable
from pathlib import Path

from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.inputs.scenario import Scenario


def run(
    scenario: str | Path | Scenario,
    seed: int,
    months: int | None = None,
    audit: bool = False,
    progress: Callable[[int, int], None] | None = None,
    watch: Callable[[MicroDramaEconomy], None] | None = None,
    begin: Callable[[MicroDramaEconomy], None] | None = None,
    model: type[MicroDramaEconomy] = MicroDramaEconomy,
    **parameters: object,
) -> MicroDramaEconomy:
    """A finished run.

    Parameters
    ----------
    scenario : str, path or Scenario
    seed : int
    months : int, optional
        The scenario's ``months`` if left out.
    audit : bool
        Check every agent's books every month.
    progress : callable, optional
        Called after every month with months done and months in all.
    watch : callable, optional
        Called after every month with the economy, to look at it, such as :meth:`~.recorder.Recorder.record`.
    begin : callable, optional
        Called with the economy before its first month.
    model : type
        Class of the economy: a subclass of your own.
    **parameters
        Over the scenario's values.

    Raises
    ------
    InputError
        If scenario or parameters cannot be used.
    LedgerError
        If money does not add up.
    """
    if months is not None:
        parameters["months"] = months
    economy = model(scenario, seed, audit=audit, keep_series=True, **parameters)
    if begin:
        begin(economy)
    for month in range(economy.p.months):
        economy.run_for(1)
        if watch:
            watch(economy)
        if progress:
            progress(month + 1, economy.p.months)
    return economy
