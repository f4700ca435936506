"""The words that small numbers in columns stand for."""

ROLES = ("extra", "crew", "actor", "lead")
"""Roles of cast and crew, cheapest first."""


MODES = ("paid", "ad", "overseas")
"""How a platform earns: viewers pay, advertisers pay, or it works abroad."""


GENRES = ("modern", "costume")


CASTINGS = ("local", "foreign", "california")
