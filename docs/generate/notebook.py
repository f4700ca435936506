"""Runs the cells of a notebook and saves it with what they print and draw.

``python docs/generate/notebook.py docs/tutorial.ipynb``; a test says when that is to be done.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def run(path: Path) -> nbformat.NotebookNode:
    """The notebook with new outputs, run in an empty folder; the file stays as it is."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        place = {"metadata": {"path": folder}}
        NotebookClient(notebook, timeout=300, kernel_name="python3", record_timing=False, resources=place).execute()
    return notebook


def printed(notebook: nbformat.NotebookNode) -> list[str]:
    """What the cells say, without figures."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return [output.get("text") or output["data"].get("text/plain") for output in outputs]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook", type=Path)
    path = parser.parse_args().notebook
    done = run(path)
    done.metadata["language_info"] = {"name": "python"}
    nbformat.write(done, path)
