"""Speed and memory, measured beside a plain version of the same model."""
