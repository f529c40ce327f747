"""The statement of the demo account as CSV and as PDF."""

from __future__ import annotations

import csv
import io

from certhelper.demo.customers import Account

_PAGE = (595, 842)  # A4 in points
_FONT = (
    "<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiKakuGo-W5 /Encoding /UniJIS-UTF16-H "
    "/DescendantFonts [ << /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiKakuGo-W5 "
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 4 >> "
    "/FontDescriptor << /Type /FontDescriptor /FontName /HeiseiKakuGo-W5 /Flags 4 "
    "/FontBBox [-92 -250 1010 922] /ItalicAngle 0 /Ascent 752 /Descent -221 /CapHeight 737 "
    "/StemV 114 >> /W [1 94 500] >> ] >>"
)


def as_csv(account: Account) -> bytes:
    """Shift_JIS, as banks in Japan send it and Excel there reads it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["日付", "摘要", "お支払金額", "お預り金額", "残高"])
    for line in account.movements:
        paid, received = (-line.amount, "") if line.amount < 0 else ("", line.amount)
        writer.writerow([f"{line.day:%Y/%m/%d}", line.text, paid, received, line.balance])
    return text.getvalue().encode("cp932")


def as_pdf(account: Account) -> bytes:
    """One A4 page with a Japanese font that viewers bring along (ISO 32000-1, 9.7.5.2)."""
    lines = ["入出金明細(デモ)", f"{account.branch} {account.number} {account.name}", ""]
    lines += [
        f"{line.day:%Y/%m/%d}   {line.amount:>12,} 円   {line.balance:>12,} 円   {line.text}"
        for line in account.movements
    ]
    content = "BT /F1 11 Tf 18 TL 50 780 Td\n"
    content += "".join(f"<{line.encode('utf-16-be').hex()}> Tj T*\n" for line in lines) + "ET"
    width, height = _PAGE
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] "
            "/Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>"
        ),
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        _FONT,
    ]
    return _file(objects)


def _file(objects: list[str]) -> bytes:
    """Put numbered objects, cross-reference table and trailer together (ISO 32000-1, 7.5)."""
    octets = bytearray(b"%PDF-1.5\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(octets))
        octets += f"{number} 0 obj\n{body}\nendobj\n".encode("ascii")
    start = len(octets)
    octets += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode("ascii")
    octets += b"".join(f"{offset:010d} 00000 n \n".encode("ascii") for offset in offsets)
    octets += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n".encode("ascii")
    octets += f"startxref\n{start}\n%%EOF\n".encode("ascii")
    return bytes(octets)
