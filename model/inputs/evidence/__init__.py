"""The real inputs as small tables; every figure carries its source."""
