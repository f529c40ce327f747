"""What is known of a file on its way from the bank, in words and numbers.  Free of Qt."""

from __future__ import annotations

from certhelper import texts
from certhelper.logon import file_names

PDF = "application/pdf"
LARGEST_SHOWN_PDF = 100 * 1024 * 1024
"""Octets; a larger PDF goes into the folder like any other file instead of into memory."""

_UNIT = 1024
_BITS = 10
_UNITS = ("KB", "MB", "GB")

# QWebEngineDownloadRequest::DownloadInterruptReason, which follows Chromium's
# components/download/public/common/download_interrupt_reason_values.h.
_INTERRUPTIONS = {
    2: "file-folder-not-writable",
    3: "file-disk-full",
    5: "file-not-saved",
    6: "file-disk-full",
    7: "file-refused-here",
    11: "file-refused-here",
    12: "file-refused-here",
}
_FIRST_OF_NETWORK = 13  # 13, 14: too short, wrong hash; then the network's, then the server's


def code_of_interruption(reason: int) -> str:
    """The failure that an interruption of the engine's is."""
    otherwise = "file-broken-off" if reason >= _FIRST_OF_NETWORK else "file-not-saved"
    return _INTERRUPTIONS.get(reason, otherwise)


def refusal(name: str, *, from_bank: bool) -> str | None:
    """Why a file may not be taken at all; ``name`` is a safe one.

    ``from_bank`` is what :func:`certhelper.logon.only_bank.may_download` says.
    """
    if not from_bank:
        return "file-not-from-bank"
    if file_names.would_run(name):
        return "file-would-run"
    return None


def size(octets: int) -> str:
    """As file managers show it: ``512 B``, ``1.5 MB``."""
    if octets < _UNIT:
        return f"{octets} B"
    power = min(len(_UNITS), (octets.bit_length() - 1) // _BITS)
    return f"{octets / _UNIT**power:.1f} {_UNITS[power - 1]}"


def progress(received: int, total: int | None) -> str:
    """How far it is; ``total`` is ``None`` where the server does not say."""
    if not total:
        return texts.text("files.received", received=size(received))
    percent = min(100, received * 100 // total)
    return texts.text(
        "files.received-of", received=size(received), total=size(total), percent=percent
    )
