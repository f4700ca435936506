"""Speed and memory, measured beside an ordinary Mesa model of the same rules."""
