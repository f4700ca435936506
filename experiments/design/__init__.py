"""Design: what to run."""
