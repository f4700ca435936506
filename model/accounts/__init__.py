"""Accounts: who pays whom, who owns what and who owes whom."""
