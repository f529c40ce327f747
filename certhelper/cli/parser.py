"""What may stand on the command line (the design's table), and its help.

Only the command that was asked for is built: the rest would cost every start.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, NoReturn

from certhelper import __version__, texts
from certhelper.cli import output
from certhelper.failures import WrongUseError

PROGRAM = "certhelper"
DESKTOP = "certhelper.desktop.app"


class _Formatter(argparse.RawTextHelpFormatter):
    """Help in the person's language; line breaks are those of the texts."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, prefix or f"{_text('help.usage')}: ")


class _Parser(argparse.ArgumentParser):
    """One command's options.  A mistake is a :class:`WrongUseError`, not a message and an exit."""

    def __init__(self, prog: str, *, explained: bool) -> None:
        """``explained`` says that help will be shown; without it no text is read."""
        super().__init__(
            prog=prog,
            formatter_class=_Formatter,
            add_help=False,
            allow_abbrev=False,  # scripts must not break when an option is added
        )
        self.explained = explained
        self.own = self.group("options")
        self.flag("help", "-h", "--help")

    def text(self, name: str) -> str | None:
        """Return a text of the help."""
        return _text(name) if self.explained else None

    def group(self, name: str) -> argparse._ArgumentGroup:
        """Add a group of options; ``name`` is that of its title."""
        return self.add_argument_group(self.text(f"help.{name}"))

    def flag(self, name: str, *spellings: str) -> None:
        """Add an option without a value; ``name`` is that of its text."""
        self.own.add_argument(*spellings, action="store_true", help=self.text(f"help.{name}"))

    def value(self, name: str, metavar: str, *, option: str = "") -> None:
        """Add an option with a value; ``option`` where it is not called as its text."""
        help_text = self.text(f"help.{name}")
        self.own.add_argument(f"--{option or name}", metavar=metavar, help=help_text)

    def error(self, message: str) -> NoReturn:
        raise WrongUseError("wrong-use", detail=_explained(message), command=self.prog)


class _Command(NamedTuple):
    """A command: the module that runs it and its options.  No module: not in this version."""

    module: str | None = None
    add_options: Callable[[_Parser], None] | None = None


def _list(parser: _Parser) -> None:
    _common(parser)
    parser.flag("json", "--json")
    parser.flag("offline", "--offline")
    parser.value("at", "TIME")
    parser.epilog = parser.text("help.list-leaves-out")


def _show(parser: _Parser) -> None:
    group = parser.group("arguments")
    group.add_argument("fingerprint", metavar="FINGERPRINT", help=parser.text("help.fingerprint"))
    _common(parser)
    parser.flag("json", "--json")
    parser.flag("offline", "--offline")


def _stores(parser: _Parser) -> None:
    parser.flag("json", "--json")


def _import(parser: _Parser) -> None:
    group = parser.group("arguments")
    group.add_argument("file", metavar="FILE", help=parser.text("help.import-file"))
    store = parser.text("help.import-store")
    parser.own.add_argument("--store", metavar="KIND:WHERE", help=store)
    _change(parser)


def _remove(parser: _Parser) -> None:
    group = parser.group("arguments")
    group.add_argument("fingerprint", metavar="FINGERPRINT", help=parser.text("help.fingerprint"))
    store = parser.text("help.remove-store")
    parser.own.add_argument("--store", metavar="KIND:WHERE", required=True, help=store)
    parser.value("backup", "FILE")
    _change(parser)


def _change(parser: _Parser) -> None:
    add, text = parser.own.add_argument, parser.text
    for name in ("secret-fd", "store-secret-fd"):
        add(f"--{name}", metavar="N", type=_descriptor, help=text(f"help.{name}-of-change"))
    parser.flag("yes", "--yes")
    parser.flag("json", "--json")
    add("--bank", metavar="FILE|ID", help=text("help.bank"))


def _rehearse(parser: _Parser) -> None:
    _common(parser)
    parser.value("certificate", "FINGERPRINT")
    parser.flag("last-try", "--last-try")
    parser.flag("logon-json", "--json")


def _logon(parser: _Parser) -> None:
    _rehearse(parser)
    parser.flag("pin-stdin", "--pin-stdin")
    parser.flag("for-window", "--for-window")
    until = ("pin", "other", "top")
    parser.own.add_argument("--until", choices=until, help=parser.text("help.until"))
    parser.value("screenshot", "FILE")


def _browser(parser: _Parser) -> None:
    _common(parser)
    parser.value("certificate", "FINGERPRINT")
    browsers = ("edge", "chrome", "chromium", "firefox")
    parser.own.add_argument("--browser", choices=browsers, help=parser.text("help.browser"))
    parser.value("policy", "FILE")
    parser.flag("json", "--json")


def _diagnose(parser: _Parser) -> None:
    _common(parser)
    parser.value("diagnose-certificate", "FINGERPRINT", option="certificate")
    parser.flag("diagnose-offline", "--offline")
    forms = parser.own.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help=parser.text("help.json"))
    forms.add_argument("--html", metavar="FILE", help=parser.text("help.html"))
    forms.add_argument("--text", action="store_true", help=parser.text("help.text"))
    parser.flag("unredacted", "--unredacted")
    parser.flag("with-log", "--with-log")
    parser.flag("list-checks", "--list-checks")
    parser.value("decode", "CODE")
    parser.epilog = parser.text("help.diagnose-statuses")


def _demo(parser: _Parser) -> None:
    parser.flag("serve-only", "--serve-only")


def _selftest(parser: _Parser) -> None:
    parser.flag("logon-json", "--json")
    parser.flag("end-with-stdin", "--end-with-stdin")


def _common(parser: _Parser) -> None:
    add, text = parser.group("common").add_argument, parser.text
    store, bank = "KIND[:WHERE]", "FILE|ID"
    add("--store", action="append", default=[], metavar=store, help=text("help.store"))
    add("--bank", metavar=bank, help=text("help.bank"))
    add("--secret-fd", metavar="N", type=_descriptor, help=text("help.secret-fd"))
    add("--trust-profile", metavar="HASH", help=text("help.trust-profile"))


COMMANDS = {
    "list": _Command("certhelper.cli.listing", _list),
    "show": _Command("certhelper.cli.show", _show),
    "stores": _Command("certhelper.cli.stores", _stores),
    "import": _Command("certhelper.cli.import_", _import),
    "remove": _Command("certhelper.cli.remove", _remove),
    "logon": _Command("certhelper.cli.logon", _logon),
    "rehearse": _Command("certhelper.cli.logon", _rehearse),
    "browser": _Command("certhelper.cli.browser", _browser),
    "diagnose": _Command("certhelper.cli.diagnose", _diagnose),
    "inventory": _Command(),
    "demo": _Command("certhelper.cli.demo", _demo),
    "selftest": _Command("certhelper.cli.selftest", _selftest),
}
"""Every command of the design."""


def parse(argv: Sequence[str]) -> argparse.Namespace | None:
    """Return the arguments with ``command`` (None: the window), or None when help was shown.

    Raises :class:`WrongUseError` (``wrong-use``, ``command-not-available``).
    """
    name = argv[0] if argv and not argv[0].startswith("-") else None
    rest = argv if name is None else argv[1:]
    explained = "-h" in rest or "--help" in rest
    parser = _program_parser(explained) if name is None else _command_parser(name, explained)
    if explained:
        output.lines([parser.format_help().rstrip("\n")])
        return None
    if name is None and "--version" in rest:
        from certhelper import engine_age

        output.lines([f"{PROGRAM} {__version__}", engine_age.engine().line()])
        return None
    return parser.parse_args(rest, argparse.Namespace(command=name))


def with_help(name: str | None) -> argparse.ArgumentParser:
    """Return the parser of a command (``None``: the program's own) with the texts of its help.

    Raises :class:`WrongUseError` for a command that is not in this version.
    """
    return (
        _program_parser(explained=True) if name is None else _command_parser(name, explained=True)
    )


def module_of(command: str | None) -> str:
    """Return the module whose ``run(arguments)`` does it."""
    module = DESKTOP if command is None else COMMANDS[command].module
    assert module is not None
    return module


def _command_parser(name: str, explained: bool) -> _Parser:
    if name not in COMMANDS:
        given = name if re.fullmatch(r"[a-z-]{1,20}", name) else _text("wrong.extra")
        detail = _text("wrong.unknown-command", given=given)
        raise WrongUseError("wrong-use", detail=detail, command=PROGRAM)
    add_options = COMMANDS[name].add_options
    if add_options is None:
        raise WrongUseError("command-not-available", command=name)
    parser = _Parser(f"{PROGRAM} {name}", explained=explained)
    parser.description = parser.text(f"about.{name}")
    add_options(parser)
    return parser


def _program_parser(explained: bool) -> _Parser:
    parser = _Parser(PROGRAM, explained=explained)
    parser.flag("version", "--version")
    _common(parser)
    if explained:
        commands, options = _text("help.commands"), _text("help.options")
        parser.usage = f"{PROGRAM} [{commands}] [{options}]"
        parser.description = _text("help.program")
        longest = max(map(len, COMMANDS)) + 2
        rows = [
            f"  {name:<{longest}}{_text(f'about.{name}')}"
            + ("" if command.module else _text("help.later"))
            for name, command in COMMANDS.items()
        ]
        ends = [_text("help.no-command"), _text("help.statuses")]
        parser.epilog = "\n".join([f"{commands}:", *rows, "", *ends])
    return parser


def _text(name: str, **facts: object) -> str:
    return texts.text(f"cli-help.{name}", **facts)


def _descriptor(given: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", given):
        raise argparse.ArgumentTypeError(_text("wrong.invalid-number", option="--secret-fd"))
    return int(given)


# What argparse says (Python 3.11 to 3.14), and the texts for it.  Compiled when it says anything.
_SAID = (
    (r"unrecognized arguments: (?P<given>.*)", "unrecognized"),
    (r"the following arguments are required: (?P<given>.*)", "required"),
    (r"argument (?P<option>\S+): expected .*", "expected-value"),
    (r"argument (?P<option>\S+): not allowed with argument (?P<other>.*)", "not-together"),
    (r"argument (?P<option>\S+): ignored explicit argument .*", "no-value"),
    (
        r"argument (?P<option>\S+): invalid choice: .*\(choose from (?P<allowed>.*)\)",
        "invalid-choice",
    ),
    (r"argument \S+: (?P<own>.*)", "own"),
)


def _explained(message: str) -> str:
    """Say argparse's message in the person's language, without values that they typed.

    Somebody will try ``--pin 1234``; that value must not be shown again.
    """
    for pattern, name in _SAID:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found is None:
            continue
        facts = found.groupdict()
        if name == "own":
            return facts["own"]
        if name == "unrecognized":
            facts["given"] = _without_values(facts["given"])
        if name == "invalid-choice":
            facts["allowed"] = facts["allowed"].replace("'", "")
        return _text(f"wrong.{name}", **facts)
    return _text("wrong.extra")


def _without_values(given: str) -> str:
    shown = [
        word.partition("=")[0] if re.match(r"--?[a-z]", word) else _text("wrong.extra")
        for word in given.split()
    ]
    return ", ".join(dict.fromkeys(shown))
