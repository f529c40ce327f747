"""What the tests of commands share: how one is run in this process, and what it printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import jsonschema

from certhelper import resources


class Printed(NamedTuple):
    """Exit status, standard output and standard error of one command."""

    status: int
    out: str
    err: str

    @property
    def code(self) -> str:
        """The code at the end of the only line on standard error."""
        [line] = self.err.splitlines()
        assert line.endswith("]")
        return line.rpartition("[")[2].rstrip("]")

    def document(self, schema: str) -> dict[str, Any]:
        """Standard output as the one JSON document that it is, held to its schema."""
        found = json.loads(self.out)
        path = resources.folder() / "schemas" / f"{schema}.json"
        jsonschema.validate(found, json.loads(path.read_text("utf-8")))
        assert isinstance(found, dict)
        return found


Run = Callable[..., Printed]

Hold = Callable[..., None]
