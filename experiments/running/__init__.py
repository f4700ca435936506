"""Running: every run of a study, once."""
