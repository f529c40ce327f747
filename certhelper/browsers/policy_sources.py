"""Where the policies of Edge, Chrome and Chromium stand, read and never written.

Windows: the registry (``components/policy/core/common/registry_dict.cc`` says how a list stands in
it).  Linux: JSON files, of which the last by name wins (``config_dir_policy_loader.cc``).  macOS:
managed preferences.  What stands under "recommended" counts where nothing is mandatory, as tried
with Chromium 156 on Linux, though the policy's documentation says that it can only be mandatory
(chromeenterprise.google/policies/#AutoSelectCertificateForUrls); so it is named as a problem.
"""

from __future__ import annotations

import getpass
import plistlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from certhelper.browsers.kinds import Browser
from certhelper.browsers.selection_entries import lenient_json
from certhelper.safe_text import safe
from certhelper.windows import registry

POLICY = "AutoSelectCertificateForUrls"

_ASKING = ("PromptOnMultipleMatchingCertificates", "ForceCertificatePromptsOnMultipleMatches")
"""Chrome's name, which Edge has since version 100, and Edge's older one."""

_MOST_OCTETS = 4 * 1024 * 1024
_LONGEST_SHOWN = 200
_RECOMMENDED = "recommended"
_RECOMMENDED_KEY = "Recommended"
_KEYS = {
    Browser.EDGE: r"SOFTWARE\Policies\Microsoft\Edge",
    Browser.CHROME: r"SOFTWARE\Policies\Google\Chrome",
    Browser.CHROMIUM: r"SOFTWARE\Policies\Chromium",
}
_FOLDERS = {
    Browser.EDGE: ("etc/opt/edge/policies",),
    Browser.CHROME: ("etc/opt/chrome/policies",),
    # Debian's place, and that of Ubuntu and of the snap.
    Browser.CHROMIUM: ("etc/chromium/policies", "etc/chromium-browser/policies"),
}
_PREFERENCES = {
    Browser.EDGE: "com.microsoft.Edge",
    Browser.CHROME: "com.google.Chrome",
    Browser.CHROMIUM: "org.chromium.Chromium",
}


class Problem(NamedTuple):
    """What is wrong in a policy.

    ``code`` is a name in ``[problem]`` of ``resources/texts/browsers.toml``; ``where`` the place
    that an administrator must look at and ``entry`` what stands there, both safe to show.
    """

    code: str
    where: str
    entry: str = ""


class Item(NamedTuple):
    """One element of the list: what it is and where it stands (safe to show)."""

    value: object
    where: str


class Sources(NamedTuple):
    """The list that is in force, whether several matches are asked about, and what is wrong."""

    items: tuple[Item, ...] = ()
    asks: bool = False
    problems: tuple[Problem, ...] = ()


class Document(NamedTuple):
    """Policies of one place by their names, as they stand there; ``where`` is safe to show."""

    where: str
    is_mandatory: bool
    values: dict[str, Any] = {}  # noqa: RUF012  # never changed
    problems: tuple[Problem, ...] = ()


class _Place(NamedTuple):
    """What one place says; None where it says nothing."""

    where: str
    is_mandatory: bool
    items: tuple[Item, ...] | None = None
    asks: bool | None = None
    problems: tuple[Problem, ...] = ()


def read(browser: Browser, root: Path = Path("/")) -> Sources:
    """Read what is decided for a browser of Chromium on this PC.

    ``root`` stands for ``/`` on Linux and macOS.  Never raises for what stands in a policy or
    cannot be read: that is among the problems.
    """
    if sys.platform == "win32":
        places: Iterable[_Place] = _registry_places(browser)
    elif sys.platform == "darwin":
        places = _preference_places(browser, root)
    else:
        places = _file_places(browser, root)
    return _in_force(list(places))


def value_of(
    browser: Browser, names: Iterable[str], root: Path = Path("/")
) -> tuple[dict[str, Item], tuple[Problem, ...]]:
    """Return which of the named policies are set, each by the first place that has it.

    In the registry a list may be a key of its own, and other values JSON in a text: such texts are
    read.  ``root`` is as for :func:`read`, and it never raises either.
    """
    wanted = tuple(names)
    found: dict[str, Item] = {}
    problems: list[Problem] = []
    for document in sorted(_documents(browser, root, wanted), key=lambda one: not one.is_mandatory):
        problems += document.problems
        for name in wanted:
            if name not in found and document.values.get(name) is not None:
                found[name] = Item(document.values[name], document.where)
    return found, tuple(problems)


def _documents(browser: Browser, root: Path, names: tuple[str, ...]) -> Iterator[Document]:
    if sys.platform == "win32":
        return _registry_documents(browser, names)
    if sys.platform == "darwin":
        return _preference_documents(browser, root)
    return _file_documents(browser, root)


def _in_force(places: list[_Place]) -> Sources:
    """The first place that has the policy decides it whole: lists are not joined.

    (Unless ``PolicyListMultipleSourceMergeList`` says so, which is not looked at.)
    """
    problems = [problem for place in places for problem in place.problems]
    by_weight = sorted(places, key=lambda place: not place.is_mandatory)
    having = [place for place in by_weight if place.items is not None]
    if having and not having[0].is_mandatory:
        problems.append(Problem("recommended", having[0].where))
    problems += [Problem("overruled", place.where, having[0].where) for place in having[1:]]
    asks = next((place.asks for place in by_weight if place.asks is not None), False)
    return Sources(having[0].items or () if having else (), asks, tuple(problems))


# ---- Windows


def _registry_places(browser: Browser) -> Iterator[_Place]:
    """The computer's decide before the user's (``policy_loader_win.cc``)."""
    for root in (registry.Root.LOCAL_MACHINE, registry.Root.CURRENT_USER):
        for path in (_KEYS[browser], rf"{_KEYS[browser]}\{_RECOMMENDED_KEY}"):
            is_mandatory = path == _KEYS[browser]
            where = rf"{root}\{path}\{POLICY}"
            try:
                values = {name.casefold(): one for name, one in registry.values(root, path).items()}
                listed = registry.values(root, rf"{path}\{POLICY}")
            except OSError as error:
                problem = Problem("unreadable", where, safe(error.strerror or ""))
                yield _Place(where, is_mandatory, problems=(problem,))
                continue
            whole = values.get(POLICY.casefold())
            yield _Place(
                where,
                is_mandatory,
                _numbered(listed, where) if listed else _as_list(_from_text(whole), where),
                next(
                    (found for name in _ASKING if (found := _truth(values, name)) is not None), None
                ),
                (Problem("not-a-list", where),) if _is_no_list(whole) and not listed else (),
            )


def _registry_documents(browser: Browser, names: tuple[str, ...]) -> Iterator[Document]:
    for root in (registry.Root.LOCAL_MACHINE, registry.Root.CURRENT_USER):
        for path in (_KEYS[browser], rf"{_KEYS[browser]}\{_RECOMMENDED_KEY}"):
            is_mandatory = path == _KEYS[browser]
            where = rf"{root}\{path}"
            try:
                values = {name.casefold(): one for name, one in registry.values(root, path).items()}
                found: dict[str, Any] = {}
                for name in names:
                    listed = _numbered(registry.values(root, rf"{path}\{name}"), where)
                    whole = values.get(name.casefold())
                    read = _from_text(whole)
                    single = whole if read is None else read
                    found[name] = [one.value for one in listed] if listed else single
            except OSError as error:
                problem = Problem("unreadable", where, safe(error.strerror or ""))
                yield Document(where, is_mandatory, problems=(problem,))
                continue
            yield Document(where, is_mandatory, found)


def _numbered(values: dict[str, registry.Value], where: str) -> tuple[Item, ...]:
    """The values with a number for a name, in the order of text: "10" comes before "2"."""
    names = sorted(name for name in values if name.isascii() and name.isdigit())
    return tuple(Item(values[name], rf"{where}\{name}") for name in names)


def _from_text(value: registry.Value) -> object:
    return lenient_json(value) if isinstance(value, str) else None


def _is_no_list(value: registry.Value) -> bool:
    return value is not None and not isinstance(_from_text(value), list)


def _truth(values: dict[str, registry.Value], name: str) -> bool | None:
    """Numbers, and texts that hold one, are yes and no in the registry."""
    value = values.get(name.casefold())
    text = str(value) if isinstance(value, int | str) else ""
    return int(text) != 0 if text.isascii() and text.isdigit() else None


# ---- Linux


def _file_places(browser: Browser, root: Path) -> Iterator[_Place]:
    return map(_place_of, _file_documents(browser, root))


def _file_documents(browser: Browser, root: Path) -> Iterator[Document]:
    for level in ("managed", _RECOMMENDED):
        for folder in _FOLDERS[browser]:
            directory = root / folder / level
            try:
                files = sorted(path for path in directory.iterdir() if path.is_file())
            except FileNotFoundError:
                continue
            except OSError as error:
                where = safe(str(directory))
                problem = Problem("unreadable", where, safe(error.strerror or ""))
                yield Document(where, is_mandatory=False, problems=(problem,))
                continue
            for path in reversed(files):
                yield _file_document(path, is_mandatory=level != _RECOMMENDED)


def _file_document(path: Path, *, is_mandatory: bool) -> Document:
    where = safe(str(path))
    try:
        octets = path.read_bytes()[:_MOST_OCTETS]
        document = lenient_json(octets.decode("utf-8-sig"), with_comments=True)
    except OSError as error:
        problem = Problem("unreadable", where, safe(error.strerror or ""))
        return Document(where, is_mandatory, problems=(problem,))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return Document(where, is_mandatory, problems=(Problem("file-not-json", where),))
    return Document(where, is_mandatory, document)


def _place_of(document: Document) -> _Place:
    where, is_mandatory, values, problems = document
    place = _document_place(values, where, is_mandatory=is_mandatory)
    return place._replace(problems=(*problems, *place.problems))


def _document_place(document: dict[str, Any], where: str, *, is_mandatory: bool) -> _Place:
    asks = next((document[name] for name in _ASKING if type(document.get(name)) is bool), None)
    listed = document.get(POLICY)
    if listed is not None and not isinstance(listed, list):
        # Of a wrong kind it decides all the same, and says nothing.
        return _Place(where, is_mandatory, (), asks, (Problem("not-a-list", where),))
    items = _as_list(listed, where)
    wrong = next((one for one in items or () if not isinstance(one.value, str)), None)
    if wrong is None:
        return _Place(where, is_mandatory, items, asks)
    problem = Problem("not-all-text", wrong.where, safe(str(wrong.value)[:_LONGEST_SHOWN]))
    return _Place(where, is_mandatory, (), asks, (problem,))


def _as_list(listed: object, where: str) -> tuple[Item, ...] | None:
    if not isinstance(listed, list):
        return None
    return tuple(Item(value, f"{where} [{number}]") for number, value in enumerate(listed, 1))


# ---- macOS


def _preference_places(browser: Browser, root: Path) -> Iterator[_Place]:
    return map(_place_of, _preference_documents(browser, root))


def _preference_documents(browser: Browser, root: Path) -> Iterator[Document]:
    """What a profile of an MDM forces, for this user before all users (written, not tried)."""
    folder = root / "Library/Managed Preferences"
    for path in (folder / getpass.getuser(), folder):
        file = path / f"{_PREFERENCES[browser]}.plist"
        where = safe(str(file))
        try:
            document = plistlib.loads(file.read_bytes())
        except FileNotFoundError:
            continue
        except OSError as error:
            problem = Problem("unreadable", where, safe(error.strerror or ""))
            yield Document(where, is_mandatory=True, problems=(problem,))
            continue
        except (ValueError, plistlib.InvalidFileException):
            document = None
        if isinstance(document, dict):
            yield Document(where, is_mandatory=True, values=document)
        else:
            yield Document(where, is_mandatory=True, problems=(Problem("file-not-json", where),))
