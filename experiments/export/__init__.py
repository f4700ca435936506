"""Exports: tidy tables of a run or sweep for other programs, with a codebook.

>>> from microdrama.experiments.export import export
>>> export("out/rebate", "out/rebate-stata", formats=["stata", "csv"], tables=["runs", "panel"])  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .write import export

__all__ = ["export"]


def __getattr__(name: str) -> Any:
    if name != "export":
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from .write import export

    return export
