"""Classes of economies as a user has them in a file of their own."""

from microdrama import MicroDramaEconomy


class Sleepy(MicroDramaEconomy):
    """One class."""


class Late(MicroDramaEconomy):
    """Another in the same file."""
