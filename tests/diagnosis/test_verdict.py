"""The first line of a report: the gravest finding, whom else it concerns, what is not known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import listings
from support.certificate_checks import CONTRACT, HUNG, check, scene, words

from certhelper import texts
from certhelper.diagnosis import code
from certhelper.diagnosis.conclusion import Conclusion
from certhelper.diagnosis.course import CANCELLED
from certhelper.diagnosis.findings import Finding, Outcome, Status
from certhelper.diagnosis.order import CHECKS
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import facts
from certhelper.diagnosis.verdict import conclude
from certhelper.failures import Actor
from certhelper.stores.base import Installed, KeyState

LOOKS = ("present", "issuer", "name", "period", "duplicates", "key-present", "usage")
"""The checks that only look."""


def outcomes(given_scene: Scene) -> list[Outcome]:
    return [Outcome(name, tuple(check(name, given_scene)), 0.0) for name in LOOKS]


def of(*certificates: Installed) -> Conclusion:
    return conclude(outcomes(scene(*certificates)))


def headline(conclusion: Conclusion) -> str:
    return texts.joined(*(words(one) for one in conclusion.headline), in_language="ja")


def next_step(conclusion: Conclusion) -> str:
    return texts.joined(*(words(one) for one, _ in conclusion.steps), in_language="ja")


def user(number: int, days: int = 100) -> Installed:
    return listings.installed(f"{CONTRACT} user0{number}", days=days)


def keyless(number: int) -> Installed:
    return listings.installed(f"{CONTRACT} user0{number}", key=KeyState.ABSENT)


def test_the_issues_own_example() -> None:
    """Who, when, what to do now, and who does it."""
    found = of(user(1, days=-3))
    expected = "利用者 user01 の証明書は2026年11月20日 12:00に有効期限が切れています。"
    assert headline(found) == expected
    assert next_step(found).startswith("管理者に再発行を依頼してください")
    assert (found.status, found.check, found.who) == (
        Status.FAULT,
        "period",
        Actor.ADMINISTRATOR,
    )


def test_a_healthy_pc_gets_a_clear_sentence() -> None:
    """And the next step is to log on."""
    found = of(user(1))
    assert headline(found) == "調べた範囲では、ログオンを妨げるものは見つかりませんでした。"
    assert next_step(found) == "そのままログオンしてください。"
    assert (found.finding, found.who, found.status) == (None, None, Status.OK)


def test_two_with_faults_are_both_named() -> None:
    """Each with what to do, said once where it is the same."""
    found = of(user(1, days=-3), user(2, days=-9), user(3))
    assert "利用者 user01 の証明書は" in headline(found)
    assert "利用者 user02 の証明書は" in headline(found)
    assert headline(found).endswith("利用者 user03 のログオンを妨げるものは、見つかっていません。")
    assert "ほかに" not in headline(found)
    assert next_step(found).count("再発行を依頼してください") == 1
    other = of(user(1, days=-3), keyless(2))
    assert next_step(other).startswith("利用者 user01: 管理者に再発行を依頼してください")
    assert "利用者 user02: 証明書を取得したときと同じパソコン" in next_step(other)


def test_each_step_is_told_with_who_carries_it_out() -> None:
    """What one asks the administrator for and what another does are not the same one's."""
    found = of(user(1, days=-3), keyless(2))
    assert [who for _, who in found.steps] == [Actor.ADMINISTRATOR, Actor.USER]
    assert found.is_of_several
    assert found.who is Actor.ADMINISTRATOR
    (other,) = found.others
    assert words(other.sentence).startswith("利用者 user02 の証明書の秘密キー")
    alike = of(user(1, days=-3), user(2, days=-9))
    assert [one.step for one in alike.others] == [None]
    assert not alike.is_of_several
    (second,) = found.others
    same = found._replace(others=(second._replace(who=Actor.ADMINISTRATOR),))
    assert len(same.steps) == 2
    assert not same.is_of_several


def test_of_very_many_some_are_named_and_the_rest_counted() -> None:
    """A verdict is read aloud."""
    found = of(*(user(number, days=-3) for number in range(1, 7)))
    assert headline(found).count("切れています") == 1
    assert headline(found).endswith("ほかに5人の証明書にも問題があります。")
    assert headline(found).count("。") == 2


def test_who_can_log_on_is_said_beside_a_colleagues_trouble() -> None:
    """On the phone with one person nobody acts on another's certificate by mistake."""
    found = of(user(1), user(2, days=-3))
    assert "利用者 user01 のログオンを妨げるものは、見つかっていません。" in headline(found)
    assert next_step(found).startswith("利用者 user02: 管理者に再発行を依頼してください")
    several = of(*(user(number) for number in range(1, 5)), user(5, days=-3))
    assert "とほか3人のログオンを妨げるものは、見つかっていません。" in headline(several)
    soon = of(user(1, days=9), user(2, days=-3))
    assert headline(soon).count("利用者 user01 の証明書は、あと9日で") == 1
    assert "利用者 user01: 有効期限までに" in next_step(soon)
    one_of_two = of(user(1, days=9), user(2), user(3, days=-3))
    assert "あと9日" not in headline(one_of_two)  # who asks may be the other
    assert "有効期限までに" not in next_step(one_of_two)


def test_nobody_is_said_to_be_able_to_where_nobody_is() -> None:
    """What is nobody's own trouble is everybody's."""
    network = Outcome("network", (Finding("network-dns-none", facts(host="A")),), 0.0)
    found = conclude([*outcomes(scene(user(1), user(2, days=-3))), network])
    assert "見つかっていません" not in headline(found)


def test_what_follows_from_the_network_is_not_said_again() -> None:
    """The rehearsal meets what the check of the network has found; the cause is told, once."""
    network = Outcome("network", (Finding("network-server-expired", facts(host="A", end="B")),), 0)
    again = Finding("rehearsal-server-unproved", facts(certificate="C"))
    found = conclude([network, Outcome("rehearsal", (again,), 0.0)])
    assert headline(found) == "銀行のサイト(A)の証明書は、Bに有効期限が切れています。"
    read_aloud = code.decode(code.code_of([network, Outcome("rehearsal", (again,), 0.0)]))
    assert [one.number for one in read_aloud.findings] == [1530]
    alone = conclude([Outcome("rehearsal", (again,), 0.0)])
    assert alone.finding == again


@pytest.mark.parametrize("days", [15, 200])
def test_a_renewal_that_did_not_finish_is_told_while_the_old_one_lives(days: int) -> None:
    """The manual's third case; nobody is told to renew once more, nor that all is well."""
    newer = listings.installed(f"{CONTRACT} user01", age=5, days=400, key=KeyState.ABSENT)
    found = of(user(1, days=days), newer)
    assert (found.status, found.check) == (Status.ATTENTION, "key-present")
    assert "更新が正常に終わっていないようです" in headline(found)
    assert "電子証明書を更新してください" not in next_step(found)
    assert "管理者に再発行を依頼してください" in next_step(found)


def test_a_newer_one_whose_key_is_elsewhere_on_this_pc_is_no_unfinished_renewal() -> None:
    """A copy without its key beside the certificate with it."""
    newer = listings.installed(f"{CONTRACT} user01", age=5, days=400)
    copy = newer._replace(store="pkcs12:/f/copy.p12", key=KeyState.ABSENT)
    assert of(newer, copy, user(1, days=-3)).status is Status.OK


def test_the_chosen_ones_own_trouble_comes_first() -> None:
    """It is what the log-on would be refused for; the other one is the remedy."""
    newer = listings.installed(f"{CONTRACT} user01", age=5, days=400, key=KeyState.ABSENT)
    given_scene = scene(user(1, days=15), newer, chosen=newer.certificate.sha256)
    found = conclude(outcomes(given_scene))
    assert (found.status, found.check) == (Status.FAULT, "duplicates")
    assert "選ばれた証明書(シリアル番号の末尾" in headline(found)
    assert "使えません(秘密キーがない)" in headline(found)
    assert next_step(found).startswith("使える方の証明書を選んで、ログオンしてください。")


def test_where_a_log_on_is_refused_there_is_a_fault() -> None:
    """The administrator's certificate alone, or one that may be anybody's."""
    only = of(listings.installed(CONTRACT))
    assert only.status is Status.FAULT
    assert headline(only).startswith("見つかったのは、管理者の証明書だけです。")
    unnamed = of(listings.installed("Taro Yamada 20240401"))
    assert unnamed.status is Status.FAULT
    assert "だれのものか読み取れない" in headline(unnamed)
    beside = of(listings.installed(CONTRACT), user(1))
    assert beside.status is Status.OK


def test_what_a_wrong_clock_leads_to_takes_no_room_in_the_check_code() -> None:
    """The server's certificate, and what the bank makes of a person's, wait for it."""
    answers = [
        Outcome("clock", (Finding("clock-breaks-certificate"),), 0.0),
        Outcome("period", (Finding("period-by-clock", about="A"),), 0.0),
        Outcome("network", (Finding("network-server-by-clock"),), 0.0),
        Outcome("rehearsal", (Finding("rehearsal-not-sent", about="A"),), 0.0),
    ]
    read_aloud = code.decode(code.code_of(answers))
    assert [one.number for one in read_aloud.findings] == [201, 607]


OPEN = Outcome(
    "open-browsers", (Finding("browser-open", facts(browser="Firefox", since="A")),), 0.0
)


def test_what_only_browsers_heed_is_told_behind_that_nothing_stands_in_the_way() -> None:
    """This program's log-on has a session of its own."""
    found = conclude([*outcomes(scene(user(1))), OPEN])
    assert headline(found).startswith(
        "調べた範囲では、ログオンを妨げるものは見つかりませんでした。"
    )
    assert next_step(found).startswith("そのままログオンしてください。")
    assert (found.status, found.check) == (Status.ATTENTION, "open-browsers")
    soon = conclude([*outcomes(scene(user(1, days=9))), OPEN])
    assert soon.check == "period"


def test_what_could_not_be_checked_is_named() -> None:
    """Beside a fault as well as where nothing else was found."""
    broken = conclude(outcomes(scene(user(1, days=-3), readings=[HUNG])))
    assert "確認できなかった項目があります: 証明書の有無。" in headline(broken)
    well = conclude(outcomes(scene(user(1), readings=[HUNG])))
    assert headline(well).startswith("調べた範囲では、ログオンを妨げるものは見つかりません")
    assert "確認できなかった項目があります: 証明書の有無。" in headline(well)
    assert well.status is Status.NOT_CHECKED


def test_nothing_found_so_far_is_not_called_well() -> None:
    """While the only token hangs nobody knows whether there is a certificate."""
    found = conclude(outcomes(scene(readings=[HUNG])))
    assert "応答しないか途中で止まったため読めませんでした" in headline(found)
    assert "妨げるものは見つかりませんでした" not in headline(found)
    assert "再発行を依頼しないでください" in next_step(found)
    assert "確認できなかった項目" not in headline(found)  # it says so itself
    clock = Outcome("clock", (Finding("clock-right"),), 0.1)
    beside = conclude([clock, *outcomes(scene(readings=[HUNG]))])
    assert headline(beside) == headline(found)


def test_a_clock_that_nobody_was_asked_about_hides_no_other_gap() -> None:
    """Without a bank's address nothing is compared; what else could not be checked says more."""
    clock = Outcome("clock", (Finding("clock-not-compared", facts(now="8:59")),), 0.1)
    address = Outcome("network", (Finding("network-address-missing"),), 0.1)
    hung = [clock, *outcomes(scene(readings=[HUNG])), address]
    assert conclude(hung).check == "present"
    assert "再発行を依頼しないでください" in next_step(conclude(hung))
    told = [one.number for one in code.decode(code.code_of(hung)).findings]
    assert [number // 100 for number in told] == [3, 15]
    new = conclude([clock, *outcomes(scene(user(1))), address])
    assert new.finding is not None
    assert new.finding.code == "network-address-missing"
    assert conclude([clock, *outcomes(scene(user(1)))]).check == "clock"


def test_a_cancelled_diagnosis_is_not_called_well() -> None:
    """Whatever was well until then."""
    gone = Outcome("network", (Finding(CANCELLED),), 1.0)
    found = conclude([*outcomes(scene(user(1))), gone])
    assert found.status is Status.NOT_CHECKED
    assert "妨げるものは見つかりませんでした" not in headline(found)


def test_the_rehearsal_makes_it_sure() -> None:
    """That the PIN page was reached says more than that nothing was found."""
    reached = Outcome("rehearsal", (Finding("rehearsal-reached"),), 1.0)
    found = conclude([*outcomes(scene(user(1))), reached])
    assert "利用者暗証番号の入力画面まで進めることも確かめました" in headline(found)


def test_that_it_was_rehearsed_is_not_lost_beside_a_gap() -> None:
    """An issuer that does not answer: the PIN page was reached all the same, so log on."""
    reached = Outcome("rehearsal", (Finding("rehearsal-reached"),), 1.0)
    gap = Outcome("revocation", (Finding("revocation-unknown"),), 0.1)
    found = conclude([*outcomes(scene(user(1))), gap, reached])
    assert "利用者暗証番号の入力画面まで進めることも確かめました" in headline(found)
    assert "発行元のつながりと失効" in headline(found)
    assert next_step(found) == "そのままログオンしてください。"
    unread = conclude([*outcomes(scene(user(1), readings=[HUNG])), reached])
    assert next_step(unread).startswith("この証明書では、そのままログオンできます。")
    assert "再発行を依頼しないでください" in next_step(unread)


def test_of_alike_weight_the_check_that_finds_the_cause_soonest_counts() -> None:
    """The order of the sixteen decides, not that of the findings."""
    found = of(keyless(1), user(2, days=-3))
    assert found.check == "period"


FINDINGS = ["check-too-slow", "period-valid", "period-expired", "period-ends-soon", "period-nobody"]


@given(st.lists(st.sampled_from(FINDINGS), max_size=len(CHECKS)))
def test_the_verdict_is_as_grave_as_the_gravest(drawn: Sequence[str]) -> None:
    """Whatever the checks answer; there is always a sentence and a next step."""
    named = facts(certificate="A", person="A", until="B", days=1, first="", seconds=1)
    answers = [
        Outcome(one.name, (Finding(code, named),), 0.0)
        for one, code in zip(CHECKS, drawn, strict=False)
    ]
    found = conclude(answers)
    order = list(Status)
    gravest = min((order.index(one.status) for one in answers), default=order.index(Status.OK))
    assert order.index(found.status) == min(gravest, order.index(Status.OK))
    assert headline(found)
    assert next_step(found)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_sentence_is_there_in_both_languages(language: texts.Language) -> None:
    """Facts are filled in as in Japanese."""
    found = of(user(1, days=-3), keyless(2), user(4, days=-2), user(5, days=-2))
    able = of(user(1), user(2), user(3, days=-3))
    assert ("、" in words(able.headline[-1], language)) is (language == "ja")
    for one in (*found.headline, *(one for one, _ in found.steps)):
        assert "{" not in words(one, language)
