"""A report as one HTML file: complete in itself, running and loading nothing, all escaped."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from support import listings, made_reports

from certhelper.diagnosis import report_html, telling
from certhelper.diagnosis.findings import Finding
from certhelper.diagnosis.values import Kind, Value, facts, plain
from certhelper.texts import Language

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>{{ 7*7 }}"


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def source_of(language: Language = "ja", *, redacted: bool = True) -> str:
    certificate = listings.installed("12345678901234 user01")._replace(label=f"x{HOSTILE}")
    found = made_reports.finding(
        facts(fault=HOSTILE, name=Value(Kind.NAME, f"x{HOSTILE}")),
        [plain(HOSTILE), Value(Kind.NAME, f"x{HOSTILE}")],
        certificate.certificate.sha256,
    )
    became = made_reports.outcomes(
        period=[found], network=[Finding("check-too-slow", facts(seconds=30))]
    )
    report = made_reports.made([certificate], became, log=[HOSTILE])
    return report_html.page(telling.tell(report, language, redacted=redacted))


@pytest.mark.parametrize("redacted", [True, False])
def test_whatever_a_name_holds_it_stays_text(redacted: bool) -> None:
    """A nickname or an error may hold markup, quotes or a template's own signs."""
    page = Page(source_of(redacted=redacted))
    assert page.of("script") == page.of("img") == []
    assert not [name for _, attributes in page.tags for name in attributes if name[:2] == "on"]
    assert "alert(1)" in page.text
    assert "{{ 7*7 }}" in page.text


def test_a_ca_s_certificate_alarms_nobody() -> None:
    """It is for no log-on, and nothing is wrong with that; a person's that cannot be used is."""
    held = listings.installed("12345678901234 user01", days=-3)
    report = made_reports.made([held], made_reports.outcomes())
    (told,) = telling.tell(report, "ja").certificates
    assert report_html._tone(told) == "unusable"
    assert report_html._tone(told._replace(is_authority=True)) == "not-applicable"


def test_words_are_words_without_the_style_sheet_too() -> None:
    """The preview knows no columns, nor does what is copied: a state and its number are two."""
    assert not re.search(r"</(span|h3)>(<(span|h3)\b|[^\s<])", source_of())


def test_nothing_is_loaded_and_nothing_may_be() -> None:
    """No address but places of the page itself; its own policy allows its one style sheet."""
    source = source_of()
    page = Page(source)
    places = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = [str(attributes["href"]) for attributes in page.of("a")]
    assert links
    assert all(link.removeprefix("#") in places for link in links)
    assert page.of("link") == page.of("iframe") == []
    assert "://" not in source
    assert "@import" not in source
    assert "url(" not in source
    policy = page.of("meta")[1]
    style = re.search("<style>(.*)</style>", source, re.DOTALL)
    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert not [attributes for _, attributes in page.tags if "style" in attributes]


def test_the_verdict_comes_first_and_details_are_folded() -> None:
    """Who opens it sees what is the matter and what to do; the rest is a click away."""
    page = Page(source_of())
    body = page.text[page.text.index("証明書ログオンの診断結果") :]
    order = ["チェックコード", "次にすること", "分かったこと", "問題がなかった項目"]
    assert [body.index(one) for one in order] == sorted(body.index(one) for one in order)
    assert page.of("details")
    assert not [one for one in page.of("details") if "open" in one]
    assert len(page.of("details")) == len(page.of("summary"))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_says_its_language(language: Language) -> None:
    """For fonts, screen readers and hyphenation; every finding is told by its number."""
    page = Page(source_of(language))
    assert page.of("html") == [{"lang": language}]
    assert "1598" in page.text
    assert ("銀行のサイト" in page.text) is (language == "ja")


def test_only_what_is_short_is_kept_whole_on_paper() -> None:
    """A long row that goes to the next page as a whole leaves half of one empty."""
    long = made_reports.finding(facts(fault="x"), [plain(f"line {one}") for one in range(40)])
    short = made_reports.finding(facts(fault="x"), [plain("line")])
    became = made_reports.outcomes(period=[long, short])
    page = Page(report_html.page(telling.tell(made_reports.made([], became), "ja")))
    assert sorted(str(one["class"]) for one in page.of("article")) == ["finding", "finding short"]
