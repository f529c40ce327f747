"""What is said of a file on its way."""

from __future__ import annotations

import pytest

from certhelper import failures
from certhelper.logon import file_arrival


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KB"),
        (1536 * 1024, "1.5 MB"),
        (1024**3, "1.0 GB"),
        (5 * 1024**4, "5120.0 GB"),
    ],
)
def test_sizes_are_short(octets: int, shown: str) -> None:
    """In the units that file managers use."""
    assert file_arrival.size(octets) == shown


def test_progress_has_percent_only_where_the_end_is_known() -> None:
    """A server need not say how much comes; and it may say too little."""
    assert file_arrival.progress(512, 2048) == "512 B / 2.0 KB(25%)"
    assert file_arrival.progress(4096, 2048).endswith("(100%)")
    assert file_arrival.progress(2048, None) == "2.0 KB を受信"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (1, "file-not-saved"),
        (2, "file-folder-not-writable"),
        (3, "file-disk-full"),
        (7, "file-refused-here"),
        (13, "file-broken-off"),
        (20, "file-broken-off"),
        (36, "file-broken-off"),
        (38, "file-broken-off"),
    ],
)
def test_every_interruption_has_a_code(reason: int, code: str) -> None:
    """Also those that Qt has no name for (38: less came than was promised)."""
    assert file_arrival.code_of_interruption(reason) == code
    assert code in failures.known()


def test_a_program_is_refused_and_so_is_what_is_not_the_bank_s() -> None:
    """Where it comes from is said first."""
    assert file_arrival.refusal("a.csv", from_bank=True) is None
    assert file_arrival.refusal("a.exe", from_bank=True) == "file-would-run"
    assert file_arrival.refusal("a.exe", from_bank=False) == "file-not-from-bank"
