"""Rules: pure elementwise functions that read like the economics, one file for each kind of agent.

They take and return numbers or arrays alike; the phases apply them to columns, an agent's methods to its own row.
Letters and digits such as (P2) name the equation in the documentation.
"""
