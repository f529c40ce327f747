"""What a built program must hold although nothing imports it by a statement."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from certhelper.cli import parser
from certhelper.diagnosis.order import CHECKS
from installers.build import contents

PACKAGE = Path(__file__).parents[2] / "certhelper"


def test_what_is_imported_by_its_name_is_built_in() -> None:
    """Every check of the diagnosis and every command; each is there and does what it is for."""
    built = set(contents.modules(PACKAGE))
    for check in CHECKS:
        name = f"certhelper.diagnosis.checks.{check.name.replace('-', '_')}"
        assert name in built
        assert callable(import_module(name).check)
    for command, entry in parser.COMMANDS.items():
        if entry.module is not None:
            assert entry.module in built, command
    assert {"certhelper", "certhelper.diagnosis", "certhelper.__main__"} <= built
