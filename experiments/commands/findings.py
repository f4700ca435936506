"""``microdrama findings``: all registered studies, and the page that tells what came out."""

import time

from .common import Chosen, Parser, compile_first, picked, progress


def add(parser: Parser) -> None:
    parser.takes("names NAME", "these studies only (default: all)", nargs="*")
    parser.takes("--full", "the full versions: hours")
    parser.takes("--out DIR", "a folder for each study is made there; completed runs are not repeated", "results")
    parser.takes("--docs DIR", "findings.md, or findings-full.md, and its figures are written there", "docs")
    parser.takes_workers()
    parser.takes("--mix-code", "continue beside runs of another version of the model")


def act(chosen: Chosen) -> None:
    from ..reports.findings import write_findings

    compile_first()
    started = time.monotonic()
    how = picked(chosen, "workers", "names", "mix_code") | {"progress": lambda name: progress(f"{name}: run")}
    found = write_findings(chosen.out, chosen.docs, quick=not chosen.full, **how)
    runs = sum(finding.tally.ran for finding in found)
    print(
        f"{len(found)} studies, {runs} runs now, {(time.monotonic() - started) / 60:.1f} min; page: "
        f"{chosen.docs}/findings{'-full' if chosen.full else ''}.md"
    )
