"""The words that small numbers in columns stand for."""

ROLES = ("extra", "crew", "actor", "lead")
"""Roles of cast and crew, cheapest first."""

ROLE_WORDS = dict(zip(ROLES, ("extras", "crew", "supporting actors", "leads"), strict=True))
"""Those who have them."""


MODES = ("paid", "ad", "overseas")
"""How a platform earns: viewers pay, advertisers pay, or it works abroad."""


GENRES = ("modern", "costume")


CASTINGS = ("local", "foreign", "california")


BALANCE_ITEMS = {
    "deposits": "deposits at banks, which belong to the rest of China",
    "loans": "bank loans to film bases and cities",
    "equity": "funds' stakes in studios, at cost",
    "fund_units": "capital called by funds and not paid back",
    "bases": "what was built into film bases, less wear",
    "work_in_progress": "what unfinished series have cost so far",
}
"""Rows of the balance-sheet matrix and what they are; the last two are real assets."""
