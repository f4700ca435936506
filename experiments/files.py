"""Results on disk: folders that are complete or absent, and tables whose columns carry unit and meaning."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import math
import os
import platform
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from microdrama import model
from microdrama.model.arrays import Array
from microdrama.model.errors import InputError
from microdrama.model.inputs.files import table_rows

MANIFEST, SWEEP = "manifest.json", "sweep.json"
"""What says of a folder what it is, and has the checksums of its files: of a run, and of a sweep."""
RECORDS = ("journal-*.jsonl", "log-*.arrows")
"""Files of a sweep, complete or not, that name the runs it has completed."""
PACKAGES = ("microdrama", "mesa", "numpy", "scipy", "numba", "pyarrow")

type Columns = Mapping[str, tuple[str, str]]
"""Unit and meaning of each column of a table."""


def check_new_folder(out: str | Path, *, replaces: str = "") -> Path:
    """The folder for results, once it is sure that it can be made.

    Parameters
    ----------
    out : path
        It must not exist; missing parents are made when results are written.
    replaces : str
        Kind of results (``kind`` of the manifest) that may stand there and will be replaced.

    Raises
    ------
    InputError
        If something else stands there, or the nearest existing parent cannot be written to.
    """
    if not str(out):
        raise InputError("the folder for results has no name")
    path = Path(os.path.abspath(out))
    if os.path.lexists(path):
        if not replaces:
            raise InputError(f"{out}: already exists, and results are never overwritten; choose another folder")
        _check_replaceable(path, str(out), replaces)
    parent = next(folder for folder in path.parents if os.path.lexists(folder))
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.probe-", dir=parent):
            return path
    except OSError as error:
        raise InputError(f"{out}: cannot write into {parent}: {error.strerror}") from None


def _check_replaceable(path: Path, shown: str, kind: str) -> None:
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        found, listed = manifest["kind"], {str(name).split("/")[0] for name in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        found, listed = None, set()
    if found != kind:
        raise InputError(f"{shown}: exists and was not made by {kind}; move it away or choose another folder")
    strangers = sorted(p.name for p in path.iterdir() if p.name not in listed | {MANIFEST})
    if strangers:
        names = ", ".join(strangers[:5]) + (", ..." if len(strangers) > 5 else "")
        raise InputError(f"{shown}: would be replaced, but holds files that {kind} did not write ({names}); move them")


@contextlib.contextmanager
def new_folder(out: str | Path, *, replaces: str = "") -> Iterator[Path]:
    """A temporary folder beside ``out`` that takes its name once everything in it is written, or vanishes.

    Files are flushed to disk before the rename. An earlier result of kind ``replaces`` keeps its name until the new
    one is complete.

    Raises
    ------
    InputError
        As :func:`check_new_folder`, and if writing fails (a full disk).
    """
    path = check_new_folder(out, replaces=replaces)
    token = secrets.token_hex(4)
    work, old = (path.with_name(f".{path.name}.{what}-{token}") for what in ("writing", "replaced"))
    try:
        work.mkdir(parents=True)
        yield work
        for file in (*work.rglob("*"), work):
            flush(file)
        check_new_folder(out, replaces=replaces)  # somebody else may have been quicker
        if path.exists():
            path.rename(old)
        try:
            work.rename(path)
        except BaseException:
            if old.exists():
                old.rename(path)
            raise
        flush(path.parent)
    except OSError as error:
        raise InputError(f"{out}: cannot write the results: {error.strerror or error}; nothing is left") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def check_writable(folder: Path) -> None:
    """See that a folder, made if need be, can be written to.

    Raises
    ------
    InputError
        If it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(f"{folder}: cannot write results there: {error.strerror or error}") from None


def check_new_file(path: Path) -> None:
    """An :class:`InputError` if the file exists, or its folder does not."""
    if path.exists():
        raise InputError(f"{path}: already exists; choose another name")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A temporary file that takes its name, in place of an older one, once it is written and flushed, or vanishes."""
    work = path.with_name(f".{path.name}.writing-{secrets.token_hex(4)}")
    try:
        yield work
        flush(work)
        work.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        work.unlink(missing_ok=True)


def shipped_text(name: str) -> str:
    """A file that comes with this room, such as ``evidence/priors.csv``."""
    return files("microdrama.experiments").joinpath(name).read_text(encoding="utf-8")


def shipped_rows(name: str) -> list[dict[str, str]]:
    """The rows of a table that comes with this room."""
    return [row for _, row in table_rows(shipped_text(name), name, ())]


def sha256(path: Path) -> str:
    """Hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=1000)
def _hash_of(path: Path, size: int, changed: int) -> str:
    return sha256(path)


def checksum(path: Path) -> str:
    """Hash of a file, read once as long as nobody writes to it; empty if it is not there."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return _hash_of(path.absolute(), found.st_size, found.st_mtime_ns)


def checksums(folder: Path) -> dict[str, str]:
    """Hashes of the files of a folder of results when they were written; none of one made by an early version."""
    for name in (MANIFEST, SWEEP):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            found = json.loads((folder / name).read_text(encoding="utf-8")).get("files")
            return found if isinstance(found, dict) else {}
    return {}


def verified(path: Path) -> Path:
    """A file of results, once it is sure that it is as it was written.

    Raises
    ------
    InputError
        If its checksum is not the one that its folder has on record.
    """
    wanted = checksums(path.parent).get(path.name)
    if wanted and (found := checksum(path)) and found != wanted:
        raise InputError(
            f"{path}: is damaged, or left by an interrupted command: its checksum is not the one on record; run the "
            "command that made it again (a sweep writes its tables anew from its parts)"
        )
    return path


def flush(path: Path) -> None:
    """See that a file, or the names in a folder, are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_parquet(path: Path, table: Mapping[str, Array], columns: Columns) -> dict[str, Any]:
    """Write a Parquet file (zstd) with unit and meaning of every column in its field metadata.

    Parameters
    ----------
    path : Path
    table : mapping of str to (rows,) array
        An empty mapping makes a table of all ``columns`` without rows.
    columns : mapping
        Must describe every column of the table.

    Returns
    -------
    dict
        Rows and columns, for the manifest.
    """
    import pyarrow as pa
    from pyarrow import parquet

    data = {name: _arrow(values) for name, values in (table or {name: np.zeros(0) for name in columns}).items()}
    fields = [
        pa.field(name, values.type, metadata={"unit": columns[name][0], "meaning": columns[name][1]})
        for name, values in data.items()
    ]
    result = pa.table(list(data.values()), schema=pa.schema(fields))
    parquet.write_table(result, path, compression="zstd")
    described = [
        {"name": f.name, "type": str(f.type), "unit": columns[f.name][0], "meaning": columns[f.name][1]} for f in fields
    ]
    return {"rows": result.num_rows, "columns": described}


def _arrow(values: Array) -> Any:
    """As ``pyarrow.array``, which first imports pandas, longer than a small table takes to write."""
    import pyarrow as pa

    kind, data = values.dtype.kind, np.ascontiguousarray(values)
    if kind in "iuf":
        return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(data)])
    if kind == "b":
        bits = pa.py_buffer(np.packbits(data, bitorder="little"))
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, bits])
    if kind == "U" and values.nbytes < 2**31:  # as far as the ends of words can be told
        words = [word.encode() for word in values.tolist()]
        ends = np.cumsum([0, *map(len, words)], dtype=np.int32)
        return pa.StringArray.from_buffers(len(values), pa.py_buffer(ends), pa.py_buffer(b"".join(words)))
    return pa.array(values)


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows as comma-separated values with a header; missing numbers are empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            empty = {k: "" for k, v in row.items() if isinstance(v, float) and math.isnan(v)}
            writer.writerow(row | empty)


def write_manifest(folder: Path, kind: str, content: Mapping[str, Any]) -> None:
    """Write ``manifest.json``: what the folder is, what made it, and which files belong to it."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    write_about(folder / MANIFEST, {"kind": kind, **content, **provenance()}, names)


def write_about(path: Path, content: Mapping[str, Any], names: Iterable[str]) -> None:
    """Write what a folder is, with the checksums of some of its files, and last one of all that is said here."""
    about = _plain({**content, "files": {name: checksum(path.parent / name) for name in names}})
    text = _json(about | {"checksum": _hash_of_text(_json(about))})
    with new_file(path) as work:
        work.write_text(text + "\n", encoding="utf-8")


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)


def _hash_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def damaged(folder: Path) -> list[str]:
    """Files of a folder of results that are missing or not as they were written, that which says so included."""
    found = [name for name, wanted in checksums(folder).items() if checksum(folder / name) != wanted]
    for name in (MANIFEST, SWEEP):
        if (folder / name).is_file():
            try:
                about = json.loads((folder / name).read_text(encoding="utf-8"))
                own = about.pop("checksum", None)
                found += [name] if own and own != _hash_of_text(_json(about)) else []
            except (ValueError, AttributeError):
                found.append(name)
    return found


def _plain(value: Any) -> Any:
    """The same with numbers that JSON lacks (infinity, nan) as text."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def provenance() -> dict[str, Any]:
    """Versions of Python, packages and code (commit, and whether files were changed since, if it is in git)."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return {"versions": versions, "code": _code_version()}


ROOMS = ("microdrama.model", "microdrama.experiments")
FOLDERS = (Path(model.__file__).parent, Path(__file__).parent)
"""Packages that make results, and where they are."""
MAKE_RESULTS = ("microdrama.experiments.running.job", "microdrama.experiments.outcomes.run_tables")
"""Modules that make a row of a sweep, and the tables of a run."""
NO_PART = (
    "microdrama.experiments.running.engines",  # decides where runs are computed
    "microdrama.experiments.files",  # decides where results are written
)
"""Modules they import on which no number depends."""
_IMPORT = re.compile(r"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|.+)|^[ \t]*import[ \t]+(.+)", re.M)
_TYPING = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t].*\n|\n)+", re.M)
_SOURCES: dict[str, str] = {}
"""Hashes of sources of users, by outcome."""


def closure(folders: Sequence[Path] = FOLDERS) -> dict[str, Path]:
    """Modules that make results and all they import, directly or not: names and files, with packages in ``folders``."""
    modules: dict[str, Path] = {}
    for room, folder in zip(ROOMS, folders, strict=True):
        for path in folder.rglob("*.py"):
            parts = path.relative_to(folder).with_suffix("").parts
            modules[".".join([room, *parts]).removesuffix(".__init__")] = path
    found: dict[str, Path] = {}
    waiting = list(MAKE_RESULTS)
    while waiting:
        name = waiting.pop()
        if name in modules and name not in found and name not in NO_PART:
            found[name] = modules[name]
            waiting += _imports(found[name], name if found[name].stem == "__init__" else name.rpartition(".")[0])
    return found


def _imports(path: Path, package: str) -> Iterator[str]:
    """Names that a file imports: of modules, or of what is in them."""
    for dots, module, names, plain in _IMPORT.findall(_TYPING.sub("", path.read_text(encoding="utf-8"))):
        words = [word.split()[0] for word in re.sub(r"#.*|[()]", "", plain or names).split(",") if word.strip()]
        if plain:
            yield from words
            continue
        above = package.rsplit(".", len(dots) - 1)[0] if dots else ""
        base = ".".join(filter(None, (above, module)))
        yield from (base, *(f"{base}.{word}" for word in words))


def add_source(outcome: str, text: str) -> None:
    """Count the source of a user's outcome as part of the code."""
    _SOURCES[outcome] = hashlib.sha256(text.encode()).hexdigest()


def code_version() -> str:
    """Hash of all code and tables on which a number of a result depends: runs of different code are never mixed up."""
    version = version_of(*FOLDERS)
    return hashlib.sha256("".join([version, *sorted({*_SOURCES.values()})]).encode()).hexdigest()[:12]


@cache
def version_of(*folders: Path) -> str:
    """Hash of the modules of :func:`closure` and the model's tables, wherever they are."""
    tables = (path for kind in ("csv", "toml") for path in folders[0].rglob(f"*.{kind}"))
    files = closure(folders) | {path.relative_to(folders[0]).as_posix(): path for path in tables}
    parts = (name.encode() + b"\0" + files[name].read_bytes().replace(b"\r\n", b"\n") for name in sorted(files))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _code_version() -> dict[str, Any] | None:
    home = Path(model.__file__).parent

    def git(*words: str) -> str:
        run = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(home), *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        return run.stdout.strip()

    try:
        git("ls-files", "--error-unmatch", "economy.py")  # else the package merely lies inside somebody's repository
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "--", ":/"))}
    except (OSError, subprocess.SubprocessError):
        return None
