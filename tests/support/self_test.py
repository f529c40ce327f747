"""What the tests of the self test compare: whole folders, and NSS databases row by row."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema

from certhelper import resources

_CODE = Path(__file__).parents[2]
_DATABASES = ("cert9.db", "key4.db")

Tree = dict[str, tuple[int, object]]


def tree(folder: Path) -> Tree:
    """Every file and folder with its mode and content; of a database, its schema and rows."""
    found: Tree = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content: object = None
        if stat.S_ISREG(status.st_mode):
            content = rows(path) if path.name in _DATABASES else path.read_bytes()
        found[str(path.relative_to(folder))] = (status.st_mode, content)
    return found


def rows(database: Path) -> dict[str, list[Any]]:
    """Every row of every table, in the order in which it lies in the file."""
    with closing(sqlite3.connect(database)) as connection:
        names = "SELECT name, sql FROM sqlite_master ORDER BY rowid"
        schema = connection.execute(names).fetchall()
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        content = {
            name: connection.execute(f"SELECT rowid, * FROM {name} ORDER BY rowid").fetchall()
            for (name,) in tables.fetchall()
        }
    return {"schema": schema, **content}


class Running:
    """``certhelper selftest --json`` as a process; a context manager that leaves none behind."""

    def __init__(self, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "certhelper", "selftest", "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(_CODE), **environment},
        )
        self.lines: list[dict[str, Any]] = []

    def until(self, step: str) -> dict[str, Any]:
        """Read on until this step has ended and return its line."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(held_to_schema(json.loads(line)))
            if self.lines[-1]["step"] == step:
                return self.lines[-1]
        raise AssertionError((step, self.lines, self.errors()))

    def errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def finish(self) -> int:
        """Read to the end and return the exit status."""
        self.until("summary")
        return self.process.wait(60)

    @property
    def codes(self) -> dict[str, str]:
        """Step → code."""
        return {line["step"]: line["code"] for line in self.lines}

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        with self.process:
            if self.process.poll() is None:
                self.process.kill()


def held_to_schema(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line of the report that keeps to its schema."""
    path = resources.folder() / "schemas" / "certhelper.selftest-1.json"
    jsonschema.validate(line, json.loads(path.read_text("utf-8")))
    return line
