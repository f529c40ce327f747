"""Programs that stand where a browser would, and write down how they were started."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from support.systems import make_pipe

_PROGRAM = """#!{python} -IS
import json, os, sys
def where(number):
    try:
        return os.readlink(f"/proc/self/fd/{{number}}")
    except FileNotFoundError:  # the folder that is being listed
        return ""
record = {{
    "arguments": sys.argv[1:],
    "environment": dict(os.environ),
    "descriptors": [where(n) for n in os.listdir("/proc/self/fd") if where(n)],
    "session": os.getsid(0),
}}
with open({record!r}, "a", encoding="utf-8") as file:
    file.write(json.dumps(record) + "\\n")
print({says!r})
if {stays!r}:
    open({fifo!r}).read()
sys.exit({status!r})
"""


class FakePrograms:
    """A folder of programs; :meth:`end` lets those go that were told to stay."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._fifo = folder.parent / f"{folder.name}.fifo"
        make_pipe(self._fifo)
        self._staying = False
        for tool in ("certutil", "pk12util"):  # tests make databases, too
            found = shutil.which(tool)
            if found is not None:
                (folder / tool).symlink_to(found)

    def add(self, name: str, *, status: int = 0, stays: bool = False, says: str = "") -> Path:
        """Make a program that ends with ``status``, or stays until :meth:`end`."""
        path = self.folder / name
        words = _PROGRAM.format(
            python=sys.executable,
            record=str(self._record(name)),
            fifo=str(self._fifo),
            stays=stays,
            status=status,
            says=says,
        )
        path.write_text(words, encoding="utf-8")
        path.chmod(0o755)
        self._staying = self._staying or stays
        return path

    def end(self) -> None:
        if self._staying:
            self._fifo.write_text("", encoding="utf-8")

    def calls(self, name: str) -> list[list[str]]:
        """The arguments of each start."""
        return [record["arguments"] for record in self._records(name)]

    def environment(self, name: str) -> dict[str, str]:
        found: dict[str, str] = self._records(name)[-1]["environment"]
        return found

    def descriptors(self, name: str) -> list[str]:
        """What the descriptors of the last start led to."""
        found: list[str] = self._records(name)[-1]["descriptors"]
        return found

    def session(self, name: str) -> int:
        found: int = self._records(name)[-1]["session"]
        return found

    def _records(self, name: str) -> list[dict[str, Any]]:
        path = self._record(name)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def _record(self, name: str) -> Path:
        return self.folder.parent / f"{self.folder.name}-{name}.jsonl"
