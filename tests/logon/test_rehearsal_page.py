"""A page without an engine: what a person would see, and nothing that they would not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper.logon import rehearsal_page
from certhelper.logon.facts import Link, PageSeen, PasswordField

HERE = "https://bank.example/biznet/page"


def read(html: str, content_type: str = "text/html") -> PageSeen:
    return rehearsal_page.read(HERE, 200, content_type, html.encode()).seen


def test_hidden_things_are_neither_text_nor_links() -> None:
    """A marker in a comment, a script or a hidden part is not on the page."""
    seen = read(
        """<title>題名</title><body>見える
        <!-- CIBMU209 --><script>"CIBMU209"</script><style>.CIBMU209{}</style>
        <noscript>CIBMU209</noscript><template>CIBMU209</template>
        <div hidden>CIBMU209 <a href=/x>x</a><p>CIBMU209</div>
        <div style="color:red; display : none">CIBMU209</div>おわり"""
    )
    assert "CIBMU209" not in seen.text
    assert "題名" in seen.text
    assert "見える" in seen.text
    assert "おわり" in seen.text
    assert seen.links == ()


def test_links_keep_the_order_and_labels_of_the_browser_s_script() -> None:
    """Anchors, buttons, areas and inputs are counted together; a picture's text is a label."""
    seen = read(
        """<a href="../first?a=1&amp;b=2">一<b>番</b></a> <a name=anchor hidden>none</a>
        <button value=v>押す</button> <input type=submit value=送信> <input type=text>
        <map><area href=/area alt=地図></map> <a href=//other.example/><img alt=絵></a>"""
    )
    assert seen.links == (
        Link(0, "一番", "https://bank.example/first?a=1&b=2"),
        Link(2, "押す", ""),
        Link(3, "送信", ""),
        Link(4, "地図", "https://bank.example/area"),
        Link(5, "絵", "https://other.example/"),
    )


def test_a_base_moves_every_link() -> None:
    """``<base>`` counts, as it does in a browser."""
    seen = read('<base href="/elsewhere/"><a href=x>x</a>')
    assert seen.links[0].href == "https://bank.example/elsewhere/x"


def test_password_fields_carry_their_form() -> None:
    """Only a field that can be used counts; its form's target and method are known."""
    seen = read(
        """<form action=/biznet/pin method=POST><input type=password maxlength=12 name=pin>
        <input type=password disabled><div hidden><input type=password></div></form>
        <input type=PASSWORD>"""
    )
    assert seen.password_fields == (
        PasswordField(True, "https://bank.example/biznet/pin", "post", 12),
        PasswordField(True, "", "", None),
    )


@pytest.mark.parametrize(
    ("octets", "content_type"),
    [
        ("利用者".encode("cp932"), "text/html; charset=Shift_JIS"),
        ('<meta charset="euc-jp">利用者'.encode("euc-jp"), "text/html"),
        ("利用者".encode("utf-8-sig"), "text/html; charset=Shift_JIS"),
        ("利用者".encode(), "text/html"),
        ("利用者".encode("cp932"), "text/html"),
        ("利用者".encode(), "text/html; charset=no-such"),
        ("利用者".encode(), "text/html; charset=idna"),
    ],
)
def test_the_encodings_of_japanese_banks_are_read(octets: bytes, content_type: str) -> None:
    """By byte order mark, header and ``meta``; without any, UTF-8 or else Shift_JIS."""
    seen = rehearsal_page.read(HERE, 200, content_type, octets).seen
    assert "利用者" in seen.text


def test_what_is_no_page_shows_nothing() -> None:
    """A PDF's octets hold no markers."""
    assert read("CIBMU209", "application/pdf").text.strip() == ""


@pytest.mark.parametrize(
    ("html", "needs_script"),
    [
        ("<body><script>show()</script></body>", True),
        ("<script>count()</script>ようこそ", False),
        ("", False),
    ],
)
def test_a_page_made_by_script_alone_is_known_as_such(html: str, needs_script: bool) -> None:
    """Only a page that shows nothing by itself and has scripts needs the browser."""
    assert rehearsal_page.read(HERE, 200, "", html.encode()).needs_script is needs_script


def test_a_refresh_is_read_in_every_spelling() -> None:
    """The address may be quoted, relative, and without ``url=``."""
    for content in ("0; url=/next", "0;URL='/next'", "0, /next", "0.5;url = /next"):
        page = rehearsal_page.read(
            HERE, 200, "", f'<meta http-equiv=Refresh content="{content}">'.encode()
        )
        assert page.refresh == rehearsal_page.Refresh(0, "https://bank.example/next")


@given(st.binary(max_size=400), st.sampled_from(["", "text/html", "text/html; charset=euc-jp"]))
def test_no_octets_break_the_reader(octets: bytes, content_type: str) -> None:
    """Whatever a server sends is a page, if an empty one."""
    assert rehearsal_page.read(HERE, 200, content_type, octets).seen.status == 200


@given(
    st.lists(
        st.sampled_from(
            [
                "<a href=x>",
                "</a>",
                "<p hidden>",
                "</p>",
                "<form>",
                "</form>",
                "<input type=password>",
                "<script>",
                "</script>",
                "<![CDATA[",
                "<!-",
                "text",
                "<meta http-equiv=refresh content=0;url=http://[>",
            ]
        ),
        max_size=20,
    )
)
def test_no_mark_up_breaks_the_reader(parts: list[str]) -> None:
    """Elements that are never closed, or closed twice, are a page all the same."""
    assert read("".join(parts)).status == 200


@pytest.mark.parametrize(
    "html",
    [
        f'<meta http-equiv=refresh content="{"9" * 5000};url=x">',
        f"<input type=password maxlength={'9' * 5000}>",
    ],
)
def test_numbers_longer_than_python_reads_are_none(html: str) -> None:
    """A page cannot end the rehearsal by a number (``sys.set_int_max_str_digits``)."""
    whole = rehearsal_page.read(HERE, 200, "text/html", html.encode())
    assert whole.refresh is None
    assert [field.maximum_length for field in whole.seen.password_fields] in ([], [None])


@pytest.mark.timeout(120)  # each of them once took hours
@pytest.mark.parametrize(
    ("begin", "again", "encoding"),
    [
        ("<i>" + "<b>" * 100_000, "</u>", "utf-8"),
        ("", "<a", "utf-8"),
        ("", "<![CDATA[", "utf-8"),
        ("", "<?", "utf-8"),
        ("a" * 250_000 + "-", "99", "punycode"),
    ],
)
def test_a_page_that_is_made_to_take_long(begin: str, again: str, encoding: str) -> None:
    """What costs the square of its length elsewhere ends here while somebody waits for it."""
    html = begin + again * 100_000
    assert read(html, f"text/html; charset={encoding}").status == 200
