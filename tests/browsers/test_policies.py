"""What the policies of Edge, Chrome and Chromium choose, read from files as on Linux."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import listings, policy_files
from support.listings import CONTRACT
from support.policy_files import entry
from support.systems import only_on_linux

from certhelper.browsers import policies
from certhelper.browsers.kinds import Browser
from certhelper.browsers.policies import PolicyFinding, Verdict
from certhelper.certificate import Certificate

pytestmark = only_on_linux

ISSUER = "Example Bank Biznet CA - G2"
OURS = {"CN": ISSUER}


def certificate(name: str = f"{CONTRACT} user01", **how: Any) -> Certificate:
    return listings.installed(name, **how).certificate


def found(
    root: Path,
    chosen: Certificate,
    *others: Certificate,
    browser: Browser = Browser.CHROME,
) -> PolicyFinding:
    """The one finding for the bank of the tests, whose server is ``logon.bank.test``."""
    (finding,) = policies.findings(browser, listings.bank(), chosen, [chosen, *others], root)
    return finding


def codes(finding: PolicyFinding) -> list[str]:
    return [problem.code for problem in finding.problems]


def test_without_a_policy_the_dialog_comes(tmp_path: Path) -> None:
    """Nothing there is no fault."""
    finding = found(tmp_path, certificate())
    assert (finding.verdict, finding.problems) == (Verdict.NONE, ())
    assert "logon.bank.test" in finding.message()


def test_a_policy_may_choose_exactly_this_certificate(tmp_path: Path) -> None:
    """By the issuer and the subject, of two that are there."""
    policy_files.write(tmp_path, entry(issuer=OURS, subject={"CN": f"{CONTRACT} user01"}))
    finding = found(tmp_path, certificate(), certificate(f"{CONTRACT} user02", days=300))
    assert finding.verdict is Verdict.THIS
    assert finding.matching == (finding.chosen,)


def test_a_policy_may_choose_another_which_is_named(tmp_path: Path) -> None:
    """The person would log on as somebody else without having been asked."""
    other = certificate(f"{CONTRACT} user02")
    policy_files.write(tmp_path, entry(subject={"CN": f"{CONTRACT} user02"}))
    finding = found(tmp_path, certificate(), other)
    assert finding.verdict is Verdict.OTHER
    assert f"{CONTRACT} user02" in finding.message()
    assert other.serial_hex[-6:].upper() in finding.message()


def test_of_several_chromium_takes_the_one_that_is_valid_longest(tmp_path: Path) -> None:
    """So a renewed certificate goes where the old one was chosen in the list."""
    policy_files.write(tmp_path, entry(issuer=OURS))
    old, new = certificate(days=20), certificate(days=300)
    assert found(tmp_path, old, new).verdict is Verdict.OTHER
    assert found(tmp_path, new, old).verdict is Verdict.THIS
    assert found(tmp_path, old, new).matching == (new, old)


def test_of_two_that_end_together_the_later_begun_goes(tmp_path: Path) -> None:
    """Chromium's second rule."""
    policy_files.write(tmp_path, entry())
    first, second = certificate(age=300), certificate(age=10)
    assert found(tmp_path, first, second).matching == (second, first)


def test_several_may_be_asked_about(tmp_path: Path) -> None:
    """``PromptOnMultipleMatchingCertificates`` has the dialog come with those alone."""
    policy_files.write(tmp_path, entry(issuer=OURS), asks=True)
    finding = found(tmp_path, certificate(days=20), certificate(days=300))
    assert finding.verdict is Verdict.ASKS
    assert "2 枚" in finding.message()
    assert found(tmp_path, certificate()).verdict is Verdict.THIS


def test_a_policy_that_fits_nothing_leaves_the_dialog(tmp_path: Path) -> None:
    """The filter names an issuer of the past."""
    policy_files.write(tmp_path, entry(issuer={"CN": "Example Bank Biznet CA - G1"}))
    assert found(tmp_path, certificate()).verdict is Verdict.NOTHING_FITS


@pytest.mark.parametrize(
    ("issuer", "fits"),
    [
        ({"O": "Example Bank, Ltd."}, True),
        ({"OU": "Class 2 Managed PKI Individual Subscriber CA"}, True),
        ({"OU": "Symantec Trust Network", "CN": ISSUER}, True),
        ({"CN": ISSUER.upper()}, False),
        ({"CN": ISSUER[:-1]}, False),
        ({"L": "盛岡"}, False),
        ({"CN": ""}, True),
        ({"CN": 5}, True),
        ({"C": "US"}, True),
        ({}, True),
    ],
)
def test_names_are_compared_as_chromium_does(
    tmp_path: Path, issuer: dict[str, Any], fits: bool
) -> None:
    """Whole and with case; any of several OU; what is no text or unknown does not restrict."""
    policy_files.write(tmp_path, entry(issuer=issuer))
    verdict = found(tmp_path, certificate()).verdict
    assert verdict is (Verdict.THIS if fits else Verdict.NOTHING_FITS)


def test_only_the_most_particular_pattern_counts(tmp_path: Path) -> None:
    """Chromium asks one pattern alone, even where its filter fits nothing."""
    policy_files.write(
        tmp_path,
        entry("*"),
        entry("[*.]bank.test", subject={"CN": "somebody"}),
        entry("https://other.test"),
    )
    finding = found(tmp_path, certificate())
    assert finding.verdict is Verdict.NOTHING_FITS
    assert [where.endswith("[2]") for where in finding.where] == [True]


def test_entries_of_one_pattern_add_up(tmp_path: Path) -> None:
    """Each of several users of a shared PC may have an entry."""
    policy_files.write(
        tmp_path,
        entry(subject={"CN": f"{CONTRACT} user01"}),
        entry(subject={"CN": f"{CONTRACT} user02"}),
    )
    for user in ("user01", "user02"):
        assert found(tmp_path, certificate(f"{CONTRACT} {user}")).verdict is Verdict.THIS


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ("{", "not-json"),
        ("[" * 5000, "not-json"),
        ("[]", "not-json"),
        ('{"filter": {}}', "incomplete"),
        ('{"pattern": "https://logon.bank.test"}', "incomplete"),
        ('{"pattern": "https://other.test", "filter": "all"}', "bad-filter"),
        ('{"pattern": "https://*.bank.test", "filter": {}}', "bad-pattern"),
    ],
)
def test_a_malformed_entry_is_named_and_leaves_the_others(
    tmp_path: Path, item: object, code: str
) -> None:
    """Chromium passes over it in silence; the administrator reads where it stands."""
    policy_files.write(tmp_path, item, entry(issuer=OURS))
    finding = found(tmp_path, certificate())
    assert finding.verdict is Verdict.THIS
    assert codes(finding) == [code]
    said = policies.problem_text(finding.problems[0])
    assert "bank.json [1]" in said
    assert said.isprintable()


def test_a_comma_behind_the_last_element_is_no_mistake(tmp_path: Path) -> None:
    """Chromium takes it, and a comma inside a text is left alone."""
    issuer = '{"ISSUER": {"O": "Example Bank, Ltd.",},}'
    named = f'{{"pattern": "https://logon.bank.test", "filter": {issuer},}}'
    text = json.dumps({"AutoSelectCertificateForUrls": [named]})[:-1] + ",}"
    policy_files.write_text(tmp_path, text)
    finding = found(tmp_path, certificate())
    assert (finding.verdict, finding.problems) == (Verdict.THIS, ())


def test_of_several_files_the_last_by_name_decides(tmp_path: Path) -> None:
    """Lists are not joined; the one that has no effect is named."""
    policy_files.write(tmp_path, entry(issuer=OURS), name="10-first.json")
    policy_files.write(tmp_path, entry("https://other.test"), name="20-last.json")
    finding = found(tmp_path, certificate())
    assert finding.verdict is Verdict.NONE
    assert codes(finding) == ["overruled"]
    assert "10-first.json" in policies.problem_text(finding.problems[0])


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    """Chromium writes it into a log that nobody reads."""
    policy_files.write_text(tmp_path, "{nonsense")
    assert codes(found(tmp_path, certificate())) == ["file-not-json"]


def test_a_policy_that_is_no_list_is_named(tmp_path: Path) -> None:
    """As one that was written by hand."""
    policy_files.write_text(tmp_path, '{"AutoSelectCertificateForUrls": "https://logon.bank.test"}')
    assert codes(found(tmp_path, certificate())) == ["not-a-list"]


def test_a_recommended_policy_counts_where_nothing_is_mandatory(tmp_path: Path) -> None:
    """Chromium 156 heeds it, though the documentation says otherwise: it is named."""
    policy_files.write(tmp_path, entry(issuer=OURS), level="recommended")
    finding = found(tmp_path, certificate())
    assert (finding.verdict, codes(finding)) == (Verdict.THIS, ["recommended"])
    policy_files.write(tmp_path, entry("https://other.test"))
    finding = found(tmp_path, certificate())
    assert (finding.verdict, codes(finding)) == (Verdict.NONE, ["overruled"])


def test_one_element_that_is_no_text_spoils_the_list(tmp_path: Path) -> None:
    """Chromium 156 then ignores it whole, also what stands among the recommended policies."""
    policy_files.write(tmp_path, entry(issuer=OURS), 7)
    policy_files.write(tmp_path, entry(issuer=OURS), level="recommended")
    finding = found(tmp_path, certificate())
    assert (finding.verdict, codes(finding)) == (Verdict.NONE, ["not-all-text", "overruled"])


@pytest.mark.parametrize("given", ["all", None, []])
def test_an_entry_without_a_real_filter_counts_and_chooses_nothing(
    tmp_path: Path, given: object
) -> None:
    """As in Chromium 156: a less particular entry behind it is not asked any more."""
    broken = json.dumps({"pattern": "https://logon.bank.test", "filter": given})
    policy_files.write(tmp_path, broken, entry("*"))
    finding = found(tmp_path, certificate())
    assert (finding.verdict, codes(finding)) == (Verdict.NOTHING_FITS, ["bad-filter"])


def test_a_file_may_hold_comments(tmp_path: Path) -> None:
    """Chromium 156 takes them in a file, and not within an entry."""
    inner = json.dumps(entry(issuer=OURS))
    text = '// by us\n{"AutoSelectCertificateForUrls": [/* one */ %s]}'
    policy_files.write_text(tmp_path, text % inner)
    assert found(tmp_path, certificate()).verdict is Verdict.THIS
    policy_files.write_text(tmp_path, text % json.dumps("/* c */" + entry(issuer=OURS)))
    assert codes(found(tmp_path, certificate())) == ["not-json"]


@pytest.mark.parametrize(
    ("browser", "folder"),
    [
        (Browser.EDGE, "etc/opt/edge/policies"),
        (Browser.CHROMIUM, "etc/chromium/policies"),
        (Browser.CHROMIUM, "etc/chromium-browser/policies"),
    ],
)
def test_each_browser_has_its_own_folder(tmp_path: Path, browser: Browser, folder: str) -> None:
    """A policy of one browser says nothing of another."""
    policy_files.write(tmp_path, entry(issuer=OURS), folder=folder)
    assert found(tmp_path, certificate(), browser=browser).verdict is Verdict.THIS
    assert found(tmp_path, certificate()).verdict is Verdict.NONE


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["pattern", "filter", "ISSUER", "SUBJECT", "CN", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(content=_JSON, inner=st.lists(_JSON | st.text(max_size=30), max_size=4))
def test_no_policy_ends_the_check(tmp_path: Path, content: Any, inner: list[Any]) -> None:
    """Anything may stand in the file; what is wrong can be said in words."""
    for document in (content, {"AutoSelectCertificateForUrls": inner}):
        policy_files.write_text(tmp_path, json.dumps(document))
        finding = found(tmp_path, certificate())
        assert all(policies.problem_text(problem) for problem in finding.problems)


# ---- Firefox


def firefox(root: Path, text: str) -> None:
    path = root / "etc/firefox/policies/policies.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("home")
def test_firefox_asks_unless_it_was_told_otherwise(tmp_path: Path) -> None:
    """``Ask Every Time`` is what it does by itself."""
    assert found(tmp_path, certificate(), browser=Browser.FIREFOX).verdict is Verdict.NONE


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "setting", ['"Select Automatically"', '{"Value": "Select Automatically", "Status": "locked"}']
)
def test_firefox_may_be_told_to_choose(tmp_path: Path, setting: str) -> None:
    """Of one it is clear which; of several nobody can say."""
    firefox(
        tmp_path,
        '{"policies": {"Preferences": {"security.default_personal_cert": ' + setting + "}}}",
    )
    chosen, other = certificate(), certificate(f"{CONTRACT} user02")
    assert found(tmp_path, chosen, browser=Browser.FIREFOX).verdict is Verdict.THIS
    finding = found(tmp_path, chosen, other, browser=Browser.FIREFOX)
    assert finding.verdict is Verdict.UNSURE
    assert "policies.json" in finding.where[0]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("text", ["{", "[]", '{"policies": 3}'])
def test_a_broken_file_of_firefox_is_named(tmp_path: Path, text: str) -> None:
    """Firefox then has no policy at all."""
    firefox(tmp_path, text)
    finding = found(tmp_path, certificate(), browser=Browser.FIREFOX)
    assert (finding.verdict, codes(finding)) == (Verdict.NONE, ["file-not-json"])
