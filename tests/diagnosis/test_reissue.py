"""The manual's four cases of a reissue: told apart by real traces, and never more than is known."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support import certificate_checks as diagnoses
from support import listings, nssdb
from support.certificate_checks import CONTRACT, USER, scene, words
from support.pki import Authority
from support.revocation_servers import ago, now
from support.systems import only_on_linux

from certhelper import settings
from certhelper.diagnosis import people, reissue
from certhelper.diagnosis.reissue import Case, Reissue
from certhelper.diagnosis.scene import Scene
from certhelper.settings import LastUsed, SettingsFile
from certhelper.stores.base import Installed, KeyState
from certhelper.stores.nss import NssStore

STEPS = "利用者情報変更画面で再発行の操作をします(操作マニュアル「3. 利用者への電子証明書発行」)"


def of_first(given: Scene) -> Reissue:
    return reissue.of_person(given, people.people(given)[0])


def said(case: Reissue) -> str:
    return "\n".join(words(one) for detail in case.details() for one in detail.items)


def keyless(name: str = USER, age: int = 5) -> Installed:
    return listings.installed(name, key=KeyState.ABSENT, age=age)


def test_an_expired_one_is_sure() -> None:
    """The first of the cases is the only one that a PC shows by itself."""
    case = of_first(scene(listings.installed(USER, days=-3)))
    assert (case.case, case.is_sure, case.open_to) == (Case.EXPIRED, True, ())
    assert "「電子証明書の有効期限が過ぎてしまった場合」に当たります" in said(case)
    assert STEPS in said(case)


def test_a_newer_one_without_key_beside_an_older_with_it() -> None:
    """An update that did not finish; that the PC was changed cannot be ruled out."""
    case = of_first(scene(keyless(), listings.installed(USER, days=-3)))
    assert (case.case, case.is_sure) == (Case.UPDATE_UNFINISHED, False)
    assert case.open_to == (Case.PC_CHANGED,)
    assert "「更新操作が正常に行われなかった場合」と考えられます" in said(case)
    assert "このパソコンからは分かりません" in said(case)


def test_a_certificate_alone_without_its_key() -> None:
    """As after a change of the PC, when the certificate was taken over and the key was not."""
    case = of_first(scene(keyless()))
    assert case.case is Case.PC_CHANGED
    assert case.open_to == (Case.UPDATE_UNFINISHED,)


def test_the_administrators_own_goes_to_the_branch() -> None:
    """The 管理者 reissues those of the 利用者, and not their own."""
    case = of_first(scene(listings.installed(CONTRACT, days=-3)))
    assert "銀行(お取引店)に依頼します" in said(case)
    assert STEPS not in said(case)


def test_nothing_at_all() -> None:
    """Which case it is cannot be known then, and that is said."""
    case = reissue.of_nobody(scene())
    assert case.case is Case.UNKNOWN
    assert set(case.open_to) == {Case.PC_CHANGED, Case.DELETED, Case.UPDATE_UNFINISHED}
    assert "どれかは、このパソコンからは分かりません" in said(case)


def test_the_certificate_of_the_last_log_on_is_gone() -> None:
    """The program has logged on with it: so it was here, and was deleted."""
    kept = SettingsFile(settings.folder() / settings.FILE_NAME)
    kept.change(lambda one: one.last_used.update({"test-bank": LastUsed("0" * 64, "nss:/x")}))
    case = reissue.of_nobody(scene())
    assert case.case is Case.DELETED
    assert "前回ログオンに使った証明書が、いまはこのパソコンにありません" in said(case)
    used = listings.installed(USER)
    there = LastUsed(used.certificate.sha256, used.store)
    kept.change(lambda one: one.last_used.update({"test-bank": there}))
    assert reissue.of_nobody(scene(used)).case is Case.UNKNOWN


@only_on_linux
@pytest.mark.parametrize("deleted", [True, False])
def test_a_key_whose_certificate_was_deleted(tmp_path: Path, deleted: bool) -> None:
    """``certutil -D`` leaves the key: a trace of a deletion, or of one that never came."""
    issued = Authority().issue(USER)
    database = nssdb.make(tmp_path, [(issued, "mine")])
    if deleted:
        database.delete_certificate("mine")
    given = diagnoses.scene_of_stores(NssStore(tmp_path), at=now())
    case = reissue.of_nobody(given)
    assert ("証明書のない秘密キーが1個あります" in said(case)) == deleted
    assert set(case.open_to) == {Case.UPDATE_UNFINISHED, Case.DELETED, Case.PC_CHANGED}
    assert (case.open_to[0] is Case.UPDATE_UNFINISHED) == deleted


@only_on_linux
def test_an_expired_one_beside_a_key_that_waits(tmp_path: Path) -> None:
    """It has expired for sure; that a renewal was begun is told beside it."""
    authority = Authority()
    old = authority.issue(USER, not_before=ago(days=400), not_after=now() - timedelta(3))
    database = nssdb.make(tmp_path, [(old, "old"), (authority.issue(f"{CONTRACT} user02"), "new")])
    database.delete_certificate("new")
    case = of_first(diagnoses.scene_of_stores(NssStore(tmp_path), at=now()))
    assert (case.case, case.is_sure) == (Case.EXPIRED, True)
    assert "証明書のない秘密キーが1個あります" in said(case)
