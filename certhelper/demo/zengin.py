"""総合振込 files in 全銀 format: records of 120 octets, letters of JIS X 0201."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

RECORD = 120
_CODE_PAGE = "cp932"  # one octet for each kana of half width, as JIS X 0201 has it
_BULK_TRANSFER = "21"


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment in yen; the payee in kana of half width, at most 30 letters."""

    payee: str
    amount: int


@dataclass(frozen=True, slots=True)
class BulkTransfer:
    """What a file asks for: the customer's name, the day (MMDD) and the payments."""

    customer: str
    day: str
    payments: tuple[Payment, ...]

    @property
    def total(self) -> int:
        """The sum in yen."""
        return sum(payment.amount for payment in self.payments)


class UnreadableError(Exception):
    """Not such a file; the text says why, in Japanese, for the page."""


def write(customer: str, day: str, payments: Sequence[Payment], *, line_end: str = "\r\n") -> bytes:
    """Header, one record a payment, trailer, end; ``line_end`` may be empty."""
    header = f"1{_BULK_TRANSFER}0{1234567890:010d}{customer:<40}{day}0000{'ﾃﾞﾓ':<15}001{'ﾎﾝﾃﾝ':<15}"
    records = [f"{header}1{123456:07d}"]
    records += [
        f"2{1:04d}{'ﾃﾞﾓ':<15}{2:03d}{'ﾓﾘｵｶ':<15}{'':4}1{7654321:07d}{payment.payee:<30}"
        f"{payment.amount:010d}0{'':20}7"
        for payment in payments
    ]
    total = sum(payment.amount for payment in payments)
    records += [f"8{len(payments):06d}{total:012d}", "9"]
    lines = [f"{record:<{RECORD}}{line_end}" for record in records]
    return "".join(lines).encode(_CODE_PAGE)


def read(octets: bytes) -> BulkTransfer:
    """Read a file with or without line ends.  Raises :class:`UnreadableError`."""
    records = _records(octets)
    kinds = b"".join(record[:1] for record in records)
    if len(records) < 3 or kinds != b"1" + b"2" * (len(records) - 3) + b"89":
        raise UnreadableError("ヘッダー・データ・トレーラー・エンドの順になっていません")
    header, *data, trailer, _ = records
    if header[1:3].decode("latin-1") != _BULK_TRANSFER:
        raise UnreadableError("総合振込のファイルではありません")
    try:
        payments = tuple(
            Payment(record[50:80].decode(_CODE_PAGE).rstrip(), int(record[80:90]))
            for record in data
        )
        count, total = int(trailer[1:7]), int(trailer[7:19])
        found = BulkTransfer(
            header[14:54].decode(_CODE_PAGE).rstrip(), header[54:58].decode("ascii"), payments
        )
    except ValueError as error:
        raise UnreadableError("数字か文字を読み取れません") from error
    if (count, total) != (len(payments), found.total):
        raise UnreadableError("合計の件数か金額が合いません")
    return found


def _records(octets: bytes) -> list[bytes]:
    lines = octets.rstrip(b"\x1a").splitlines() if b"\n" in octets else _cut(octets)
    for number, line in enumerate(lines, start=1):
        if len(line) != RECORD:
            raise UnreadableError(f"{number}行目が120バイトではありません({len(line)}バイト)")
    return lines


def _cut(octets: bytes) -> list[bytes]:
    return [octets[start : start + RECORD] for start in range(0, len(octets), RECORD)]
