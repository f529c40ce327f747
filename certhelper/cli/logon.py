"""``certhelper logon`` and ``certhelper rehearse``: the same path as the window."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import platformdirs

from certhelper import crash_dumps, machine_settings, moment, settings, texts
from certhelper.bank import Bank
from certhelper.cli import common, output, waiting, wishes
from certhelper.cli.errands import Errands
from certhelper.cli.store_secrets import file_opened, secret_for
from certhelper.desktop.selection import all_facts
from certhelper.failures import ExitStatus, FailedError, WrongUseError, find
from certhelper.listing import Listing
from certhelper.logon import choice, environment, facts, proxy, secret_wanted, session, unlocking
from certhelper.logon.cause_wanted import CauseWanted
from certhelper.logon.home import private_home
from certhelper.logon.notices import SeenNotices
from certhelper.logon.plan import Plan
from certhelper.logon.preparation import prepare
from certhelper.logon.request import SessionRequest
from certhelper.logon.session_notice import SessionNotice
from certhelper.logon.stages import Stage, StageReport, Until
from certhelper.logon.unlocking import Unlocking
from certhelper.logon.wishes import Wish, WishKind
from certhelper.secret import Secret
from certhelper.settings_in_force import SettingsInForce, in_force
from certhelper.standing import Judged

_log = logging.getLogger(__name__)

Tell = Callable[[StageReport], None]

_FINGERPRINT_SHOWN = 8


def run(arguments: argparse.Namespace) -> int:
    """Run ``logon`` or ``rehearse`` and return the exit status."""
    tell = _noting(_tell_json if arguments.json else _tell_person)
    crash_dumps.forbid()  # before a secret passes through this process
    # The window's cancel, a closed terminal: the private home must still be removed.
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):  # Windows has the last, the others SIGHUP
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)
    try:
        return _run(arguments, tell)
    except FailedError as error:
        if arguments.json:
            output.document(_as_document(StageReport(Stage.FAILED, error.code, error.facts)))
        raise


def _run(arguments: argparse.Namespace, tell: Tell) -> int:
    outside = dict(os.environ)
    session.check_environment(outside, _until(arguments))
    if environment.sandbox_is_off(outside):
        output.say(texts.text("cli.notice.sandbox-off", variable=environment.SANDBOX_OFF))
    bank = common.bank_of(arguments)
    if not bank.site.start_url:
        raise WrongUseError("no-logon-address", bank=bank.name)
    with common.secret_of(arguments) as given:
        stores = common.stores_of(arguments, given)
        found = waiting.read(stores, bank, moment.now())
        with file_opened(found, stores, given) as passphrase:
            if passphrase is not given:
                found = waiting.read(stores, bank, moment.now())
            chosen = choice.choose(found, common.fingerprint_of(arguments, found))
            if any(reason.code == "administrator" for reason in chosen.reasons):
                output.say(texts.text("logon.administrator-warning"))
            if arguments.command == "rehearse" and _is_in_windows(chosen):
                return _rehearse_by_windows(bank, chosen, found, tell)
            needed = secret_wanted.wanted(chosen.installed)
            with secret_for(needed, passphrase, arguments) as secret:
                return _run_session(arguments, bank, chosen, found, secret, tell)


def _run_session(
    arguments: argparse.Namespace,
    bank: Bank,
    chosen: Judged,
    found: Listing,
    secret: Secret | None,
    tell: Tell,
) -> int:
    outside = dict(os.environ)
    installed = chosen.installed
    unlock = unlocking.order(installed, outside, last_try=arguments.last_try)
    # The errands outlast the home: nothing of a session lies about while the last one is done.
    with Errands(_notice_teller(arguments)) as errands, private_home() as home:
        issuers = choice.issuer_names(chosen, found)
        issuers += prepare(home, installed.store, secret, installed.certificate.sha256)
        if secret is not None and unlock is None:
            secret.wipe()  # a file's passphrase has done its work; a session may last for hours
        way = _way(bank, home, outside)
        request = _request(arguments, bank, chosen, issuers, way, unlock)
        take_wish = _wish_taker(request, errands)
        with _no_echo(wanted=request.pin_stdin), waiting.for_token(unlock) as answer:
            return session.follow(
                request,
                home,
                outside,
                _remembering(bank, _ending(answer, tell), errands),
                take_wish,
                secret if unlock is not None else None,
            )


def _wish_taker(request: SessionRequest, errands: Errands) -> Callable[[Wish], None]:
    """Hand on to the main window what only it can do; everything else is done here, beside it."""

    def take(wish: Wish) -> None:
        if wish.kind is not WishKind.FIND_CAUSE:
            errands.add(lambda: wishes.fulfil(wish))
            return
        wanted = CauseWanted.parse(wish.value)
        if wanted is not None and request.has_main_window:
            output.document(wanted.document())
            output.finish()

    return take


def _ending(answer: waiting.Waiting, tell: Tell) -> Tell:
    """The session's first word says that its token has answered."""

    def told(report: StageReport) -> None:
        answer.end()
        tell(report)

    return told


def _is_in_windows(chosen: Judged) -> bool:
    return chosen.installed.store.partition(":")[0] == "windows"


def _rehearse_by_windows(bank: Bank, chosen: Judged, found: Listing, tell: Tell) -> int:
    """Rehearse with Windows' own TLS: no browser, no display, and the computer's store, too."""
    from certhelper.logon import rehearsal_windows
    from certhelper.windows.certificate_store import Place

    store = chosen.installed.store
    plan = Plan(
        bank=bank,
        certificate=chosen.installed.certificate.sha256,
        issuers=choice.issuer_names(chosen, found),
        until=Until.PIN,
        pin_given=False,
    )
    place = Place(store.partition(":")[2])
    with private_home() as home:  # where a script of a proxy's would lie
        way = _way(bank, home, dict(os.environ))
        return rehearsal_windows.rehearse(plan, place, choice.offered(found, store), tell, way)


def _end(*_: object) -> NoReturn:
    raise SystemExit(ExitStatus.ACT)


@contextmanager
def _no_echo(*, wanted: bool) -> Iterator[None]:
    """A PIN that is typed into a terminal must not stand there afterwards.

    It is asked for by name: a token's PIN may have been asked for just before.
    """
    if not wanted or sys.platform == "win32" or not sys.stdin.isatty():
        yield
        return
    import termios

    output.say(texts.text("secrets.bank-pin-question"))

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    silent = list(before)
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)


def _until(arguments: argparse.Namespace) -> Until | None:
    if arguments.command == "rehearse":
        return Until.PIN
    return Until(arguments.until) if arguments.until else None


def _request(
    arguments: argparse.Namespace,
    bank: Bank,
    chosen: Judged,
    issuers: tuple[bytes, ...],
    way: proxy.Route,
    unlock: Unlocking | None,
) -> SessionRequest:
    logon = arguments.command == "logon"
    until = _until(arguments)
    kept = _settings_file().settings
    counts = _in_force(kept)
    pictures = _picture_path(arguments.screenshot) if logon else None
    return SessionRequest(
        bank=bank.source.resolve(),
        bank_sha256=bank.sha256,
        certificate=chosen.installed.certificate.sha256,
        issuers=issuers,
        holder=_holder(chosen),
        certificate_facts=all_facts(chosen, moment.now()),
        until=until,
        pin_stdin=logon and arguments.pin_stdin,
        downloads=counts.downloads_folder.value or usual_downloads(make=until is None),
        screenshot=pictures,
        stop_at_notices=until is None and counts.stop_at_notices.value,
        seen_notices=kept.seen_notices.get(bank.id, ""),
        shuffle_digits=kept.shuffle_digits,
        text_size=kept.text_size.value,
        key_asks=_is_in_windows(chosen) and chosen.installed.key_needs_user,
        folders=(
            platformdirs.user_documents_path(),
            platformdirs.user_downloads_path(),
            platformdirs.user_desktop_path(),
            Path.home(),
        ),
        proxy=way,
        unlocking=unlock,
        has_main_window=logon and arguments.for_window and arguments.json,
    )


def usual_downloads(*, make: bool) -> Path:
    """This PC's usual folder; a new home has none, and a browser would make it, too.

    One that was chosen or decided is never made: it may be on a disk that is not there now.
    """
    folder = platformdirs.user_downloads_path()
    if make:
        with suppress(OSError):  # whatever is wrong with it shows when a file is to be saved
            folder.mkdir(exist_ok=True)
    return folder


def _way(bank: Bank, home: Path, outside: dict[str, str]) -> proxy.Route:
    place = facts.origin(bank.site.start_url)
    if place is not None and proxy.is_here(place[1]):
        return proxy.Route(proxy.Way.DIRECT)  # the demo bank needs no network, nor its settings
    return proxy.route(_in_force(_settings_file().settings).proxy.value, home, outside)


def _settings_file() -> settings.SettingsFile:
    return settings.SettingsFile(settings.folder() / settings.FILE_NAME)


def _in_force(kept: settings.Settings) -> SettingsInForce:
    return in_force(kept, machine_settings.read())


def _remembering(bank: Bank, tell: Tell, errands: Errands) -> Tell:
    """Remember the notices that were on the page when the log-on went on from it."""
    seen = SeenNotices("")

    def told(report: StageReport) -> None:
        tell(report)
        before = seen.digest
        seen.follow(report)
        if seen.digest != before:
            digest = seen.digest
            errands.add(lambda: _keep_seen(bank, digest))

    return told


def _keep_seen(bank: Bank, digest: str) -> None:
    file = _settings_file()
    is_wanted = _in_force(file.settings).stop_at_notices.value
    if is_wanted and file.settings.seen_notices.get(bank.id) != digest:
        file.change(lambda kept: kept.seen_notices.update({bank.id: digest}))


def _picture_path(given: str | None) -> Path | None:
    if given is None:
        return None
    path = Path(given).absolute()
    folder = path if path.is_dir() else path.parent
    if not os.access(folder, os.W_OK):
        raise WrongUseError("picture-not-writable", file=given)
    return path


def _holder(chosen: Judged) -> str:
    if chosen.holder is None:
        return texts.text("logon.unrecognized")
    user = chosen.holder.user_id or texts.text("logon.administrator")
    return texts.text("logon.holder", contract=chosen.holder.contract_id, user=user)


def _as_document(report: StageReport) -> dict[str, Any]:
    return {"stage": report.stage.value, "code": report.code, "detail": dict(report.detail)}


def _noting(tell: Tell) -> Tell:
    """Note in the program's own log how far a log-on has come; a failure by its code."""

    def told(report: StageReport) -> None:
        level = logging.INFO if report.stage is Stage.FAILED else logging.DEBUG
        _log.log(level, "stage %s %s", report.stage.value, report.code or "")
        tell(report)

    return told


def _tell_json(report: StageReport) -> None:
    output.document(_as_document(report))
    output.finish()
    _say_failure(report)


def _say_failure(report: StageReport) -> None:
    if report.stage is Stage.FAILED:
        facts = {key: str(value) for key, value in report.detail.items()}
        output.say(find(report.code or "internal-error").say(facts).sentence())


def _notice_teller(arguments: argparse.Namespace) -> Callable[[SessionNotice], None]:
    """What goes wrong beside the session: for a person on stderr, for a program on stdout, too."""

    def tell(notice: SessionNotice) -> None:
        if arguments.json:
            # Where nobody takes it any more, the next stage says so to the thread that can end.
            with suppress(BrokenPipeError, FailedError):
                output.document(notice.document())
                output.finish()
        output.say(find(notice.code).say(dict(notice.detail)).sentence())

    return tell


def _tell_person(report: StageReport) -> None:
    _say_failure(report)
    if report.stage is Stage.FAILED:
        return
    detail = report.detail
    said = texts.text(
        f"logon.{report.stage.value}",
        host=detail.get("host", ""),
        fingerprint=str(detail.get("sha256", ""))[:_FINGERPRINT_SHOWN],
    )
    output.lines([said])
    output.finish()
