"""The profile of the demo bank, written for the program as any other bank's is."""

from __future__ import annotations

import json
from pathlib import Path

from certhelper.demo.authority import Issued
from certhelper.demo.client import Addresses
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.log import PIN_PATH
from certhelper.demo.scenario import Scenario

PROFILE_NAME = "demo-bank.toml"
ROOT_NAME = "demo-server-root.pem"

# What the bank's pages say, and the failure that it means.
FAILURE_PAGES = {
    "pin-wrong": "暗証番号に誤りがあります",
    "pin-locked": "ご利用を中止しました",
    "certificate-expired-at-bank": "電子証明書の有効期限が切れています",
    "certificate-not-yet-valid-at-bank": "電子証明書の有効期間がまだ始まっていません",
    "certificate-revoked-at-bank": "電子証明書は失効しています",
    "administrator-certificate": "管理者用の電子証明書です",
    "customer-unknown-at-bank": "ご契約を確認できない電子証明書です",
    "maintenance": "ただいまシステムメンテナンス中です",
    "session-timed-out": "一定時間操作がなかったため",
    "out-of-sequence-at-bank": "画面の順序が正しくないため",
}


def write(folder: Path, addresses: Addresses, server_root: Issued) -> Path:
    """Write profile and server root into ``folder``; return the profile's path.

    The name carries the demo's PIN, so that a person reads it wherever the bank's name is shown.
    Raises ``OSError``.
    """
    (folder / ROOT_NAME).write_bytes(server_root.pem)
    path = folder / PROFILE_NAME
    path.write_text(text(addresses), encoding="utf-8")
    return path


def text(addresses: Addresses) -> str:
    """The profile as TOML."""
    front = addresses.front.removeprefix("https://")
    logon = addresses.logon.removeprefix("https://")
    name = f"デモ銀行 Biznet(デモの利用者暗証番号 {DEMO_PIN})"
    tables: list[tuple[str, dict[str, object]]] = [
        ("", {"schema": 1, "id": "demo-bank", "name": name}),
        (
            "[certificates]",
            {
                "issuers": [
                    "CN=Example Bank Biznet CA - G2",
                    "CN=Example Bank Biznet CA - G3",
                ],
                "renewal_window_days": 30,
            },
        ),
        (
            "[site]",
            {
                "start_url": f"{addresses.front}/",
                "allowed_hosts": [front],
                "certificate_hosts": [logon],
                "trusted_certificates": [ROOT_NAME],
                "obtain_url": f"{addresses.front}/biznet/obtain",
                "id_logon_url": f"{addresses.front}/biznet/",
                "administrator_url": f"{addresses.front}/biznet/administrator",
                "idle_minutes": int(Scenario().session_seconds // 60),
            },
        ),
        ("[pages.start]", {"link_text": "利用者ログオン"}),
        (
            "[pages.logon]",
            {"markers": ["CIBMU201"], "link_text": "電子証明書を使用したログオンはこちら"},
        ),
        ("[pages.pin]", {"markers": ["CIBMU209"], "form_action": PIN_PATH}),
        ("[pages.top]", {"markers": ["利用者トップページ"]}),
        ("[pages.other]", {"markers": ["ワンタイムパスワードの入力"]}),
        ("[pages.logoff]", {"link_text": "ログオフ"}),
        *_failure_pages(),
        ("[pin]", {"minimum_length": 4, "maximum_length": 12, "characters": "alphanumeric"}),
        ("[help]", {"phone": "000-0000-0000(デモ)", "hours": "デモのため、つながりません"}),
    ]
    return "\n".join(_table(head, values) for head, values in tables)


def _failure_pages() -> list[tuple[str, dict[str, object]]]:
    return [
        ("[[pages.failures]]", {"code": code, "markers": [marker]})
        for code, marker in FAILURE_PAGES.items()
    ]


def _table(head: str, values: dict[str, object]) -> str:
    # A JSON string, number or list of strings is TOML too, once nothing but ASCII is escaped.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join([*([head] if head else []), *lines, ""])
