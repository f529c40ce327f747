"""How the demo bank behaves, where a test wants it to behave differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LogonLink = Literal["same-window", "target-blank", "window-open"]
PinPage = Literal[
    "normal",
    "two-password-fields",
    "no-password-field",
    "short-field",
    "foreign-form",
    "other-path-form",
    "wrong-marker",
    "redirect-elsewhere",
]
PinAnswer = Literal["page", "redirect"]
Archive = Literal["whole", "unknown-length", "broken-off"]
Step = Literal["home", "logon", "certificate", "pin", "other", "top"]
FaultKind = Literal["hold", "error-500", "unknown-page", "empty-page", "drop", "reset"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Trouble at one step.

    ``hold`` answers only after ``DemoBank.release`` is set (or the bank closes); ``drop`` closes
    the connection without an answer and ``reset`` resets it (TCP RST).
    ``pin`` and ``other`` are what the forms post to, the other steps are pages.
    """

    step: Step
    kind: FaultKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Switches of the bank's behaviour; the defaults are a bank that works.

    ``pin_answer``: ``page`` answers the PIN with the next page at the same address, so that a
    reload would post again (banks do that); ``redirect`` answers with 303.
    ``session_seconds``: after so long without a request a session has ended.
    ``archive``: how the large, slow file comes; ``broken-off`` ends after half of what it promised.
    ``lock_after``: so many wrong PINs in a row suspend the use of a certificate.
    """

    logon_link: LogonLink = "same-window"
    pin_page: PinPage = "normal"
    pin_answer: PinAnswer = "page"
    fault: Fault | None = None
    other_authentication: bool = True
    lock_after: int = 5
    session_seconds: float = 600.0
    maintenance: bool = False
    archive: Archive = "whole"
    archive_parts: int = 60
    archive_part_octets: int = 256 * 1024
    archive_pause_s: float = 0.1
    announcements: tuple[str, ...] = (
        "重要なお知らせ その1 年末年始のサービス休止時間について(デモ)",
        "重要なお知らせ その2 電子証明書の更新手続きについて(デモ)",
    )

    def fault_at(self, step: Step) -> FaultKind | None:
        """The trouble that this step has, if any."""
        return self.fault.kind if self.fault and self.fault.step == step else None
