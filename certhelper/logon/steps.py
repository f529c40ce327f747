"""What the flow asks of a browser.  The browser carries out, and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from certhelper.logon.stages import StageReport


@dataclass(frozen=True, slots=True)
class Open:
    """Load this address in the first window."""

    url: str


@dataclass(frozen=True, slots=True)
class FollowLink:
    """Click the link with this place and text; nothing is clicked when the text has changed."""

    window: int
    link_index: int
    link_text: str


@dataclass(frozen=True, slots=True)
class StopLoading:
    """Give up the load under way in this window."""

    window: int


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Look at the page once more after this many milliseconds, unless it moves on by itself."""

    window: int
    after_ms: int


@dataclass(frozen=True, slots=True)
class SendCertificate:
    sha256: str


@dataclass(frozen=True, slots=True)
class SendNoCertificate:
    """Answer the request with none; the load goes on without."""


@dataclass(frozen=True, slots=True)
class ProbeIssuers:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class AskPin:
    """Open the pad: the person enters a PIN and presses, or closes it.

    ``words`` are the bank's own about the PIN before, empty where there are none.
    """

    words: str = ""
    after_wrong: bool = False


@dataclass(frozen=True, slots=True)
class GuardPin:
    """The person may type the PIN in the page: its form may leave to ``target`` only.

    ``target`` is an exact address without query; empty where no form of the page may leave.
    """

    window: int
    target: str


@dataclass(frozen=True, slots=True)
class GuardForms:
    """Forms of any page may leave only for hosts that may be sent the certificate."""


@dataclass(frozen=True, slots=True)
class LiftGuard:
    """No page is guarded any more; forms are the person's own again."""


@dataclass(frozen=True, slots=True)
class EnterPin:
    """Enter the PIN and submit, once, if the page is still what these values say.

    ``origin`` is ``https://host[:port]``; ``target`` the exact address, without query, that may
    receive the form; ``field`` the profile's CSS selector or empty.
    """

    window: int
    origin: str
    target: str
    field: str
    by_keys: bool


@dataclass(frozen=True, slots=True)
class ExamineServer:
    """Hold the server against the profile's expectation; the answer is ``ServerExamined``."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Report a stage."""

    report: StageReport


@dataclass(frozen=True, slots=True)
class HandOver:
    """The person goes on by hand; ``code`` names a text of what they are asked for."""

    code: str


@dataclass(frozen=True, slots=True)
class End:
    """The run is over as far as the flow is concerned; ``code`` is ``None`` for success."""

    code: str | None


Step = (
    Open
    | FollowLink
    | StopLoading
    | LookAgain
    | SendCertificate
    | SendNoCertificate
    | ProbeIssuers
    | AskPin
    | GuardPin
    | GuardForms
    | LiftGuard
    | EnterPin
    | ExamineServer
    | Tell
    | HandOver
    | End
)
