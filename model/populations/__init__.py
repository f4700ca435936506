"""Populations: columns with stable ids, and the agents that Mesa sees."""
