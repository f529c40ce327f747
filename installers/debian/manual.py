"""The manual page certhelper(1), made from the command line's own help.

``python -m installers.debian.manual ja`` writes the Japanese one: the language of a process is
chosen once, by its locale, so each language is a process of its own.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from certhelper import __version__, machine_settings, texts
from certhelper.cli import parser
from installers.checkout.environment import CHECKOUT

LOCALES: dict[texts.Language, str] = {"ja": "ja_JP.UTF-8", "en": "en_US.UTF-8"}


def page(language: texts.Language, moment: int) -> str:
    """Return the page in the format of man(7); ``moment`` is its date, seconds since 1970."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(moment)],
        cwd=CHECKOUT,
        env={**os.environ, "LC_ALL": LOCALES[language], "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


def _page(moment: int) -> Iterator[str]:
    date = datetime.fromtimestamp(moment, UTC).date()
    version = f"{parser.PROGRAM} {__version__}"
    yield f'.TH CERTHELPER 1 "{date}" "{version}" "{_escaped(_text("word.title"))}"'
    yield ".ad l"  # Japanese has few spaces to stretch
    yield from _section("name", f"{parser.PROGRAM} \\- {_escaped(_text('text.summary'))}")
    yield from _section("synopsis", *_synopsis())
    help_of_window = texts.text("cli-help.help.no-command")
    yield from _section(
        "description", _escaped(_text("text.description")), ".PP", _escaped(help_of_window)
    )
    yield from _section("options", *_options(parser.with_help(None)))
    yield from _section("commands", *_commands())
    yield from _section("statuses", _escaped(texts.text("cli-help.help.statuses")))
    yield from _section("environment", *_environment())
    yield from _section("files", *_files())
    yield from _section("security", _escaped(_text("text.security")))


def _synopsis() -> Iterator[str]:
    yield f".B {parser.PROGRAM}"
    yield f"[\\fI{_escaped(_text('word.option'))}\\fR ...]"
    yield ".br"
    yield f".B {parser.PROGRAM}"
    option = _escaped(_text("word.option"))
    yield f"\\fI{_escaped(_text('word.command'))}\\fR [\\fI{option}\\fR ...]"


def _commands() -> Iterator[str]:
    for name, command in parser.COMMANDS.items():
        if command.module is None:
            continue  # not in this version
        own = parser.with_help(name)
        arguments = [str(a.metavar) for a in _actions(own) if not a.option_strings]
        yield f'.SS "{" ".join([name, *arguments])}"'
        yield _escaped(own.description or "")
        yield from _options(own, known={a.dest for a in _actions(parser.with_help(None))})


def _options(described: argparse.ArgumentParser, known: set[str] | None = None) -> Iterator[str]:
    """Yield the options; those that the whole program knows (``known``) are named in one line."""
    repeated = []
    for action in _actions(described):
        spellings = [*action.option_strings] or [str(action.metavar)]
        if known is not None and action.dest in known:
            repeated.append(spellings[-1])
            continue
        value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else "")
        shown = ", ".join(f"\\fB{_escaped(spelling)}\\fR" for spelling in spellings)
        if action.option_strings and value:
            shown += f" \\fI{_escaped(str(value))}\\fR"
        yield from (".TP", shown, _escaped(action.help or ""))
    if repeated:
        yield ".PP"
        yield ", ".join(f"\\fB{_escaped(spelling)}\\fR" for spelling in repeated)


def _environment() -> Iterator[str]:
    yield from (".TP", ".B LANG", _escaped(_text("text.language")))
    yield from (".TP", ".B XDG_CONFIG_HOME", _escaped(_text("text.config-home")))


def _files() -> Iterator[str]:
    machine = machine_settings.folder()
    for place, name in (
        (machine / machine_settings.FILE_NAME, "machine"),
        (machine / machine_settings.BANKS_NAME / "*.toml", "machine-banks"),
        (Path("~/.config/certhelper/settings.json"), "user"),
        (Path("~/.config/certhelper/banks/*.toml"), "user-banks"),
        (Path("~/.pki/nssdb"), "nss"),
    ):
        yield from (".TP", f".I {_escaped(str(place))}", _escaped(_text(f"text.{name}")))


def _section(name: str, *lines: str) -> Iterator[str]:
    yield f'.SH "{_escaped(_text(f"heading.{name}"))}"'
    yield from lines


def _actions(described: argparse.ArgumentParser) -> list[argparse.Action]:
    return described._actions  # noqa: SLF001  # argparse has no public list of what it knows


def _escaped(words: str) -> str:
    """Write plain text so that troff shows it as it is (groff_char(7))."""
    safe = words.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    safe = safe.replace("~", "\\(ti").replace("^", "\\(ha").replace("`", "\\(ga")
    return re.sub(r"^\.", r"\\&.", safe, flags=re.MULTILINE)


@cache
def _own_texts() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("manual.toml").read_text(encoding="utf-8"))


def _text(name: str) -> str:
    area, _, entry = name.partition(".")
    found: str = _own_texts()[area][entry][texts.language()]
    return found


if __name__ == "__main__":
    sys.stdout.write("\n".join([*_page(int(sys.argv[1])), ""]))
