"""``certhelper logon`` and ``certhelper rehearse``: the same path as the window."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import platformdirs

from certhelper import listing, moment, settings, texts
from certhelper.bank import Bank
from certhelper.cli import common
from certhelper.failures import ExitStatus, FailedError, WrongUseError, find
from certhelper.logon import choice, session
from certhelper.logon.home import private_home
from certhelper.logon.preparation import prepare
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Stage, StageReport, Until
from certhelper.standing import Judged

Tell = Callable[[StageReport], None]

_FINGERPRINT_SHOWN = 8


def run(arguments: argparse.Namespace) -> int:
    """Run ``logon`` or ``rehearse`` and return the exit status."""
    tell = _tell_json if arguments.json else _tell_person
    signal.signal(signal.SIGTERM, _end)  # the window's cancel; the home must still be removed
    try:
        return _run(arguments, tell)
    except FailedError as error:
        if arguments.json:
            tell(StageReport(Stage.FAILED, error.code, error.facts))
        raise


def _run(arguments: argparse.Namespace, tell: Tell) -> int:
    until = _until(arguments)
    outside = dict(os.environ)
    session.check_environment(outside, until)
    bank = common.bank_of(arguments)
    if not bank.site.start_url:
        raise WrongUseError("no-logon-address", bank=bank.name)
    with common.secret_of(arguments) as passphrase:
        found = listing.read(common.stores_of(arguments, passphrase), bank, moment.now())
        chosen = choice.choose(found, common.fingerprint_of(arguments, found))
        if any(reason.code == "administrator" for reason in chosen.reasons):
            print(texts.text("logon.administrator-warning"), file=sys.stderr)
        with private_home() as home:
            issuers = choice.issuer_names(chosen, found)
            issuers += prepare(home, chosen.installed.store, passphrase)
            request = _request(arguments, bank, chosen, issuers, until)
            return session.follow(request, home, outside, _remembering(bank, tell))


def _end(*_: object) -> NoReturn:
    raise SystemExit(ExitStatus.ACT)


def _until(arguments: argparse.Namespace) -> Until | None:
    if arguments.command == "rehearse":
        return Until.PIN
    return Until(arguments.until) if arguments.until else None


def _request(
    arguments: argparse.Namespace,
    bank: Bank,
    chosen: Judged,
    issuers: tuple[bytes, ...],
    until: Until | None,
) -> SessionRequest:
    logon = arguments.command == "logon"
    kept = _settings_file().settings
    pictures = Path(arguments.screenshot).resolve() if logon and arguments.screenshot else None
    return SessionRequest(
        bank=bank.source.resolve(),
        bank_sha256=bank.sha256,
        certificate=chosen.installed.certificate.sha256,
        issuers=issuers,
        holder=_holder(chosen),
        certificate_facts=_facts(chosen),
        until=until,
        pin_stdin=logon and arguments.pin_stdin,
        downloads=platformdirs.user_downloads_path(),
        screenshot=pictures,
        stop_at_notices=until is None and kept.stop_at_notices,
        seen_notices=kept.seen_notices.get(bank.id, ""),
        text_size=kept.text_size.value,
    )


def _settings_file() -> settings.SettingsFile:
    return settings.SettingsFile(settings.folder() / settings.FILE_NAME)


def _remembering(bank: Bank, tell: Tell) -> Tell:
    """Remember the notices that were on the page when the log-on went on from it."""
    notices = ""

    def told(report: StageReport) -> None:
        nonlocal notices
        tell(report)
        if report.stage is Stage.LOGON_PAGE:
            notices = str(report.detail.get("notices", ""))
        elif report.stage is Stage.CERTIFICATE_SENT and notices:
            file = _settings_file()
            if file.settings.stop_at_notices and file.settings.seen_notices.get(bank.id) != notices:
                file.change(lambda kept: kept.seen_notices.update({bank.id: notices}))

    return told


def _holder(chosen: Judged) -> str:
    if chosen.holder is None:
        return texts.text("logon.unrecognized")
    user = chosen.holder.user_id or texts.text("logon.administrator")
    return texts.text("logon.holder", contract=chosen.holder.contract_id, user=user)


def _facts(chosen: Judged) -> str:
    certificate = chosen.installed.certificate
    until = certificate.not_after
    return texts.text(
        "logon.certificate-facts",
        until=moment.in_japan(until) if until else "?",
        serial=certificate.serial_hex[-6:],
        subject=certificate.subject,
    )


def _tell_json(report: StageReport) -> None:
    print(report.line(), flush=True)


def _tell_person(report: StageReport) -> None:
    if report.stage is Stage.FAILED:
        facts = {key: str(value) for key, value in report.detail.items()}
        print(find(report.code or "internal-error").say(facts).sentence(), file=sys.stderr)
        return
    detail = report.detail
    said = texts.text(
        f"logon.{report.stage.value}",
        host=detail.get("host", ""),
        fingerprint=str(detail.get("sha256", ""))[:_FINGERPRINT_SHOWN],
    )
    print(said, flush=True)
