"""The live page: worlds that visitors run, change and compare in a browser."""
