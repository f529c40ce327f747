"""What must hold for the files of this repository as a whole."""

from __future__ import annotations

import ast
import os
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.systems import only_on_linux

from certhelper import failures

pytestmark = only_on_linux  # they read the sources alone, which are the same everywhere

ROOT = Path(__file__).parents[1]
NOT_OURS = {ROOT / "build", ROOT / "dist"}
TEXTS = sorted((ROOT / "resources" / "texts").glob("*.toml"))
CODE = sorted((ROOT / "certhelper").rglob("*.py"))


def files_of_the_repository() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if Path(folder, name) not in NOT_OURS
            and name != "__pycache__"
            and (name == ".ci" or not name.startswith("."))
        ]
        yield from (Path(folder, name) for name in names)


def text_of(path: Path) -> str:
    octets = path.read_bytes()
    return "" if b"\0" in octets else octets.decode("utf-8")  # pictures and the like hold a NUL


def code_blocks(markdown: str) -> str:
    return "\n".join(re.findall(r"^```\w*\n(.*?)^```", markdown, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("command", ["demo", "test"])
def test_readme_has_each_command_on_a_line_of_its_own(command: str) -> None:
    """A newcomer copies one line for the demo and one line for the tests."""
    lines = code_blocks((ROOT / "README.md").read_text(encoding="utf-8")).splitlines()
    assert f"python3 bootstrap.py {command}" in lines


def test_readme_leads_to_files_that_are_there() -> None:
    """No link and no picture of README is dead, and no room that it names is gone."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(((?!https?:)[^)#]+)", text)
    rooms = re.findall(r"`((?:certhelper|resources|tests|docs|installers|benchmarks)/[^`]*)`", text)
    assert rooms
    assert [path for path in linked + rooms if not (ROOT / path).exists()] == []


def test_continuous_integration_runs_the_readmes_own_test_command() -> None:
    """What guards a submission is what README tells everybody to run."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert commands[0] == "set -euo pipefail"
    assert commands[-1] == "python3 bootstrap.py test"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    """Where packages come from is the machine's own configuration, never ours."""
    foreign = re.compile(
        # Debian's manuals are no registry, and its packages must name one of them.
        r"(?<!//www[.])\b(pypi|pythonhosted|debian|ubuntu|npmjs)[.](org|com|net|io)\b"
        r"|(?<![a-z.])/(tmp|work|root)/"
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files_of_the_repository()
        if path.name != Path(__file__).name
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if foreign.search(line)
    ]
    assert not found


def texts_in(table: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every table that holds texts rather than other tables."""
    if any(isinstance(value, str) for key, value in table.items() if key in ("ja", "en")):
        yield name, table
        return
    for key, value in table.items():
        if isinstance(value, dict):
            yield from texts_in(value, f"{name}.{key}")


def facts_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_text_is_there_in_both_languages(path: Path) -> None:
    """Each text has Japanese and English, with the same facts; some say who acts."""
    found = dict(texts_in(tomllib.loads(path.read_text(encoding="utf-8")), path.stem))
    assert found
    for name, table in found.items():
        assert set(table) - {"who"} == {"ja", "en"}, name
        # The bank need not be told of every finding; a condition may be left out without its facts.
        is_for_bank = name.startswith("findings-") and name.endswith(".bank")
        if not is_for_bank and not name.startswith("diagnosis-code.blanks."):
            assert table["ja"].strip(), name
        assert bool(table["ja"].strip()) == bool(table["en"].strip()), name
        assert facts_of(table["ja"]) == facts_of(table["en"]), name


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_thing_has_one_name_in_japanese(path: Path) -> None:
    """People read パソコン, ブラウザ, サーバー and the like, and never a second word for it."""
    other = re.compile(
        r"(?<![A-Za-z])PC(?![A-Za-z])|ブラウザー|担当窓口|(サーバ|フォルダ|プリンタ|ユーザ)(?!ー)"
    )
    for name, table in texts_in(tomllib.loads(path.read_text(encoding="utf-8")), path.stem):
        assert not other.search(table["ja"]), name


def test_every_failure_says_what_why_and_what_to_do() -> None:
    """Each code has message, cause and remedy, an exit status, and somebody who can act."""
    for code, failure in failures.known().items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code), code
        assert failure.exit_status in range(4), code
        for part in (failure.message, failure.cause, failure.remedy):
            assert set(part) == {"ja", "en"}, code
            assert all(text.strip() for text in part.values()), code


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def failing_classes(trees: list[ast.Module]) -> dict[str, ast.ClassDef | None]:
    """Return FailedError and everything derived from it, by name."""
    known: dict[str, ast.ClassDef | None] = {"FailedError": None}
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while True:
        more = {
            node.name: node
            for node in classes
            if node.name not in known and any(name_of(base) in known for base in node.bases)
        }
        if not more:
            return known
        known |= more


def codes_given(trees: list[ast.Module]) -> set[str]:
    """Return the first arguments of these errors, and of ``super().__init__`` inside them."""
    classes = failing_classes(trees)
    own = {
        name
        for name, node in classes.items()
        if node and any(getattr(part, "name", "") == "__init__" for part in node.body)
    }
    calls = [
        node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node.func) in set(classes) - own
    ]
    calls += [
        node
        for name in own
        for node in ast.walk(classes[name] or ast.Pass())
        if isinstance(node, ast.Call) and name_of(node.func) == "__init__"
    ]
    return {
        call.args[0].value
        for call in calls
        if call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def constants(tree: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_code_that_is_raised_is_on_the_public_list() -> None:
    """A person is never shown a code without a cause and a remedy."""
    raised = codes_given([ast.parse(path.read_text(encoding="utf-8")) for path in CODE])
    assert raised
    assert raised - set(failures.known()) == set()


def test_every_code_of_the_public_list_is_used() -> None:
    """The list is no cupboard for codes that nothing reports any more."""
    used: set[str] = set()
    for path in CODE:
        used |= constants(ast.parse(path.read_text(encoding="utf-8")))
    for path in (ROOT / "resources" / "banks").rglob("*.toml"):
        pages = tomllib.loads(path.read_text(encoding="utf-8")).get("pages", {})
        used |= {page["code"] for page in pages.get("failures", [])}
    assert set(failures.known()) - used == set()


def texts_named_in(path: Path) -> set[str]:
    """Return the keys of ``texts.text(…)``, which may be imported as ``text``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    by_name = any(
        isinstance(node, ast.ImportFrom) and node.module == "certhelper.texts"
        for node in ast.walk(tree)
    )
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ({"text", "texts.text"} if by_name else {"texts.text"})
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_every_text_that_code_names_is_there() -> None:
    """``texts.text("area.name")`` never meets a name that is in no file."""
    there = {
        name
        for path in TEXTS
        for name, _ in texts_in(tomllib.loads(path.read_text(encoding="utf-8")), path.stem)
    }
    named = {(path.name, key) for path in CODE for key in texts_named_in(path)}
    assert named
    assert {(file, key) for file, key in named if key not in there} == set()
