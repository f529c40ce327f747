"""Whether a page turns this browser away, by its words.

A profile's own markers (``pages.failures`` with ``browser-not-supported``) come first and are sure.
This is a guess, asked only about a page that is nothing known; it looks for a refusal and not for
a mere mention, because nearly every bank's pages link to their 推奨環境.
"""

from __future__ import annotations

import re

from certhelper.logon.recognition import compact

_LONGEST_PAGE = 1500  # characters without white space; a page that only refuses is short

_BROWSER = r"(?:ブラウザー?|閲覧ソフト|Webブラウザー?)"
_REFUSED = (
    r"(?:対応して(?:い|お)(?:ない|ません|りません)|(?:ご?利用|使用)(?:いただけ|でき|になれ)(?:ない|ません)"
    r"|サポート(?:対象外|して(?:い|お)(?:ない|ません|りません)|されて(?:い|お)(?:ない|ません|りません))"
    r"|(?:推奨環境|動作環境|対象)(?:では|で)(?:ない|ありません|ございません)|(?:非対応|未対応))"
)
_SENTENCES = (
    re.compile(rf"{_BROWSER}[^。]{{0,30}}{_REFUSED}"),
    re.compile(rf"{_REFUSED}[^。]{{0,12}}{_BROWSER}"),
    re.compile(rf"(?:ご利用|お使い)の?環境[^。]{{0,20}}{_REFUSED}"),
    re.compile(r"(?i)unsupported(?:web)?browser"),
    re.compile(r"(?i)browser(?:version)?(?:is(?:currently)?)?(?:not|nolonger|un|n'?t)supported"),
    re.compile(r"(?i)(?:not|nolonger|n'?t)support(?:your|this)(?:web)?browser"),
)


def says(text: str) -> bool:
    """Whether the page's text refuses the browser that shows it."""
    words = compact(text)
    return len(words) <= _LONGEST_PAGE and any(one.search(words) for one in _SENTENCES)
