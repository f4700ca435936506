"""What is known, as tables: targets with their intervals, sources, and the ensemble fitted to them."""
