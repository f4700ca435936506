"""Pages served by Solara."""
