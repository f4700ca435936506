"""What was asked for, as files that stand alone: a scenario or a study with all it refers to, to be run again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microdrama.model.inputs.scenario import shipped_scenarios
from microdrama.model.inputs.writing import toml_key, toml_value, write_scenario

if TYPE_CHECKING:
    from .study import Study


def write_study(study: Study, folder: Path) -> str:
    """Write ``study.toml``, and every scenario it names that is not shipped, in full, beside it.

    Returns
    -------
    str
        Name of the file.
    """
    names = {str(point.get("scenario", study.base)) for point in study.points} | {study.base}
    own: dict[str, str] = {}
    for name in sorted(names - {*shipped_scenarios()}):
        stem, number = Path(name).stem, 2
        while f"{stem}.toml" in {*own.values(), "study.toml"}:
            stem, number = f"{Path(name).stem}{number}", number + 1
        own[name] = write_scenario(study.scenario(name), folder, stem)

    def moved(point: Mapping[str, Any]) -> dict[str, Any]:
        return {key: own.get(str(value), value) if key == "scenario" else value for key, value in point.items()}

    top = {
        "title": study.title,
        "scenario": own.get(study.base, study.base),
        "seeds": list(study.seeds),
        "city": study.city,
        "outputs": list(study.outputs),
        "panel": study.panel,
        "cells": study.cells,
        "share_past": study.share_past,
        "announced_policies": study.announced,
    }
    lines = [f"{key} = {toml_value(value)}" for key, value in top.items()]
    parts: dict[str, dict[str, Any]] = {"parameters": study.values, "design": {"sampler": study.sampler}}
    if study.rows:
        parts["design"] = {"sampler": "points", "points": [moved(point) for point in study.rows]}
    else:
        if study.size:
            parts["design"] |= {"size": study.size, "seed": study.design_seed}
        parts["factors"] = {
            f.name: [own.get(str(v), v) if f.name == "scenario" else v for v in f.values]
            or {"low": f.low, "high": f.high, "log": f.log}
            for f in study.factors
        }
    parts["groups"] = study.groups
    if study.ensemble:
        parts["ensemble"] = {"source": study.ensemble.source, "size": len(study.ensemble.members)}
    if study.stop:
        parts["stop"] = study.stop._asdict()
    if study.register:
        parts["register"] = {key: value for key, value in study.register._asdict().items() if value}
    for name, part in parts.items():
        if part:
            lines += ["", f"[{name}]", *(f"{toml_key(key)} = {toml_value(value)}" for key, value in part.items())]
    for policy in study.policies:
        lines += ["", "[[policy]]", *(f"{key} = {toml_value(value)}" for key, value in policy.items())]
    (folder / "study.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return "study.toml"
