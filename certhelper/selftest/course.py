"""The steps of one self test, and what each stands on."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certhelper import listing, moment, signals, texts
from certhelper.bank import Bank
from certhelper.failures import FailedError
from certhelper.run_record import RecordUnreadableError
from certhelper.secret import Secret
from certhelper.selftest import machine, record, session, temporary, traces
from certhelper.selftest.limits import Deadline, within
from certhelper.selftest.outcome import Step
from certhelper.selftest.place import Place, own
from certhelper.selftest.record import Record, RecordFile
from certhelper.selftest.report import Found, NotTriedError, Report, Tell
from certhelper.stores.base import (
    NOTHING_OBTAINED,
    Installed,
    KeyState,
    Store,
    StoreReading,
)
from certhelper.windows import wine

if TYPE_CHECKING:
    from certhelper.demo.authority import Issued
    from certhelper.demo.server import DemoServer

# Seconds.  A healthy PC takes a few; these only end what would never end.
_WHOLE_RUN = 300.0
_LOG_ON = 180.0
_REHEARSAL = 60.0
_READING = 60.0
_REMOVING = 60.0
_CONNECTING = 2.0

_FORBIDDEN = "profile-forbidden"


def run(tell: Tell) -> int:
    """Run the whole self test; ``tell`` gets each step as it ends.  Return the exit status.

    Whatever happens, what was made is removed, and that is told too.  Raises
    ``KeyboardInterrupt`` after that, and what ``tell`` raises.
    """
    report = Report(tell)
    with ExitStack() as stack:
        course = Course(report, stack)
        try:
            course.follow()
        except KeyboardInterrupt:
            course.clean_up()
            report.sum_up(interrupted=True)
            raise
        except BaseException:  # nobody reads what is told
            report.silence()
            course.clean_up()
            raise
        course.clean_up()
        return report.sum_up()


class Course:
    """One run: what its steps have found and made so far."""

    def __init__(self, report: Report, stack: ExitStack) -> None:
        self._report = report
        self._stack = stack
        self._deadline = Deadline(_WHOLE_RUN)
        self._file: RecordFile | None = None
        self._record: Record | None = None
        self._folder = traces.new_folder()
        self._place: Place | None = None
        self._before: frozenset[str] | None = None
        self._server: DemoServer | None = None
        self._profile: Path | None = None
        self._issued: Issued | None = None
        self._store: Store | None = None
        self._pins = 0
        self._arrived = False

    def follow(self) -> None:
        """Do the steps in their order, as far as the earlier ones let them."""
        step, not_tried = self._report.step, self._report.not_tried
        if not step(Step.READY, self._ready) or not step(Step.LEFT_OVERS, self._left_overs):
            return
        step(Step.STORE_READ, self._read_store)
        if not step(Step.DEMO_BANK, self._start_bank):
            not_tried(Step.PUT, Step.LISTED, Step.LOG_ON, Step.PROOF)
            return
        there = step(Step.PUT, self._put)
        if not there and sys.platform == "linux":
            there = step(Step.PUT_ELSEWHERE, self._put_elsewhere)
        if not there:
            not_tried(Step.LISTED, Step.LOG_ON, Step.PROOF)
            return
        step(Step.LISTED, self._listed)
        if sys.platform == "win32":
            step(Step.REHEARSAL, self._rehearse)
        step(Step.LOG_ON, self._log_on)
        step(Step.PROOF, self._proof)

    def clean_up(self) -> None:
        """Remove what was made, if anything was, undisturbed by Ctrl-C and the like."""
        if self._record is not None:
            with signals.ignored():
                self._report.step(Step.REMOVED, self._remove)

    def _ready(self) -> Found:
        self._file = self._stack.enter_context(record.held())
        facts = machine.facts()
        told = {name: str(facts[name]) for name in ("certhelper", "engine", "system")}
        return Found("ready", told, facts)

    def _left_overs(self) -> Found:
        assert self._file is not None
        try:
            left = self._file.read()
            undone = None if left is None else _undo(left)
        except RecordUnreadableError:
            self._file.remove()
            raise
        if left is None or undone is None:
            return Found("no-left-overs")
        if undone.left:
            detail = ", ".join([*undone.left, *undone.reasons])
            raise FailedError("selftest-left-overs-kept", detail=detail)
        self._file.made(left.state_folders)
        self._file.remove()
        return Found("left-overs-removed", detail={"removed": undone.removed})

    def _read_store(self) -> Found:
        self._place = own()
        if self._place is None:
            raise NotTriedError("no-own-store")
        reading = self._reading(self._place.store)
        counts = _counts(reading)
        if reading.reason == NOTHING_OBTAINED:
            self._before = frozenset()
            return Found("store-empty", detail=counts)
        if reading.reason is not None:
            reason = texts.text(f"stores.{reading.reason}")
            raise FailedError("selftest-store-unreadable", detail=reason)
        self._before = traces.fingerprints(reading)
        return Found("store-read", {"count": str(counts["certificates"])}, counts)

    def _start_bank(self) -> Found:
        from certhelper.demo import profile
        from certhelper.demo.scenario import Scenario
        from certhelper.demo.server import DemoServer

        assert self._file is not None
        self._record = Record(
            temporary=os.fsencode(self._folder),
            state_folders=[os.fsencode(one) for one in self._file.folders],
        )
        try:
            self._file.write(self._record)
            self._folder.mkdir(mode=0o700)
            # 他の認証 is for a person to answer; there is none.
            server = DemoServer(scenario=Scenario(other_authentication=False))
            server.start()
            self._server = server
            authority = server.authority
            self._profile = profile.write(self._folder, server.addresses, authority.server_root)
        except OSError as error:
            detail = error.strerror or type(error).__name__
            raise FailedError("selftest-bank-not-started", detail=detail) from error
        self._issued = temporary.issue(authority)
        return Found("demo-bank-started")

    def _put(self) -> Found:
        assert self._file is not None
        assert self._record is not None
        assert self._issued is not None
        if self._place is None:
            raise NotTriedError("no-own-store")
        refusal = self._place.refusal()
        if refusal is not None:
            raise NotTriedError(refusal)
        self._place.plan(self._record, self._issued.der)
        try:
            self._file.write(self._record)
            self._put_undisturbed(self._place, self._issued, self._record)
        except OSError as error:
            detail = error.strerror or type(error).__name__
            raise FailedError("selftest-not-put", detail=detail) from error
        self._store = self._place.store
        return Found("database-made" if self._record.database_made else "certificate-put")

    def _put_undisturbed(self, place: Place, issued: Issued, written: Record) -> None:
        """Interrupted in the middle, it would go on beside the removal."""
        with signals.deferred():
            within(self._deadline.at_most(_READING), lambda: place.put(issued, written))

    def _put_elsewhere(self) -> Found:
        from certhelper.stores import nss, nss_database

        assert self._issued is not None
        directory = self._folder / "store"
        nss_database.create(directory, [(self._issued.der, self._issued.key_der, temporary.LABEL)])
        self._store = nss.NssStore(directory)
        return Found("temporary-database")

    def _listed(self) -> Found:
        assert self._issued is not None
        assert self._store is not None
        assert self._profile is not None
        reading = self._reading(self._store)
        found = listing.combine([reading], Bank.read(self._profile), moment.now())
        ours = [
            judged
            for judged in found.grouped.judged
            if judged.installed.certificate.sha256 == self._issued.sha256
        ]
        if not ours:
            raise FailedError("selftest-not-listed", detail=reading.reason or "-")
        [judged] = ours
        reasons = [reason.code for reason in judged.reasons]
        key = judged.installed.key
        if not judged.usable or key is not KeyState.PRESENT:
            raise FailedError("selftest-not-listed", detail=", ".join([key.value, *reasons]))
        return Found("certificate-listed", detail={"key": key.value, "reasons": reasons})

    def _rehearse(self) -> Found:
        times = self._session("rehearse", _REHEARSAL, pin=None)
        return Found("rehearsed", {"seconds": _seconds(times)}, {"stages": times})

    def _log_on(self) -> Found:
        of_wine = wine.version()
        if of_wine is not None:
            raise NotTriedError("engine-cannot-load", wine=of_wine)
        from certhelper.demo.customers import DEMO_PIN

        with Secret.from_characters(DEMO_PIN) as pin:
            times = self._session("logon", _LOG_ON, pin)
        self._pins = 1
        return Found("logged-on", {"seconds": _seconds(times)}, {"stages": times})

    def _session(self, command: str, seconds: float, pin: Secret | None) -> session.StageTimes:
        assert self._issued is not None
        assert self._store is not None
        store = self._store
        words = [
            *(command, "--bank", str(self._profile), "--certificate", self._issued.sha256),
            *("--store", f"{store.kind}:{store.where}" if store.where else store.kind),
            *(() if pin is None else ("--pin-stdin", "--until", "top")),
        ]
        try:
            times = session.run(words, self._folder, pin, self._deadline.at_most(seconds))
        except FailedError as error:
            if error.code == _FORBIDDEN:
                raise NotTriedError("demo-profile-forbidden") from error
            raise
        self._arrived = True
        return times

    def _proof(self) -> Found:
        """Compare with what the demo bank wrote down itself, whatever the session said."""
        assert self._issued is not None
        assert self._server is not None
        if not self._arrived:
            raise NotTriedError
        log = self._server.log
        arrived, pins = log.certificates(), log.pin_posts()
        if arrived != [self._issued.sha256] or pins != self._pins:
            facts = {"certificates": str(len(arrived)), "pins": str(pins)}
            raise FailedError("selftest-not-proved", **facts)
        versions = sorted({entry.tls_version for entry in log.entries if entry.sha256})
        return Found("bank-saw-it", {"pins": str(pins)}, {"pin_posts": pins, "tls": versions})

    def _remove(self) -> Found:
        assert self._file is not None
        assert self._record is not None
        listening = self._stop_bank()
        undone = _undo(self._record)
        if not undone.left:
            self._file.remove()
        left = [*(["bank"] if listening else []), *undone.left]
        if left:
            what = "、".join(texts.text(f"selftest.left.{name}") for name in left)
            reasons = ", ".join(undone.reasons) or "-"
            raise FailedError("selftest-not-removed", what=what, detail=reasons)
        self._compare()
        return Found("all-removed", detail={"removed": ["bank", *undone.removed]})

    def _stop_bank(self) -> bool:
        """End the demo bank; return whether anything listens on its ports after all."""
        if self._server is None:
            return False
        ports = (self._server.front_port, self._server.logon_port)
        self._server.stop()
        return any(_answers(port) for port in ports)

    def _compare(self) -> None:
        """Say it when a certificate of the person is not there any more."""
        if self._place is None or not self._before:
            return
        missing = self._before - traces.fingerprints(within(_READING, self._place.store.read))
        if missing:
            raise FailedError("selftest-store-changed", count=str(len(missing)))

    def _reading(self, store: Store) -> StoreReading:
        return within(self._deadline.at_most(_READING), store.read)


def _undo(written: Record) -> traces.Undone:
    return within(_REMOVING, lambda: traces.undo(written))


def _counts(reading: StoreReading) -> dict[str, Any]:
    from certhelper.selftest.shape import shape

    def with_key(installed: Installed) -> bool:
        return installed.key is KeyState.PRESENT

    return {
        "kind": reading.kind,
        "place": shape(reading.where),
        "reason": reading.reason,
        "certificates": len(reading.installed),
        "with_key": sum(map(with_key, reading.installed)),
    }


def _seconds(times: session.StageTimes) -> str:
    return f"{max(times.values(), default=0) / 1000:.1f}"


def _answers(port: int) -> bool:
    from certhelper.demo.server import LOOPBACK

    try:
        socket.create_connection((LOOPBACK, port), _CONNECTING).close()
    except OSError:
        return False
    return True
