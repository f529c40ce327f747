"""``certhelper stores``: every kind of the design, usable here or why not."""

from __future__ import annotations

from pathlib import Path

from support.cli import Run
from support.systems import only_on_linux

from certhelper import texts
from certhelper.stores import registry


def test_every_kind_says_whether_it_can_be_used(run: Run) -> None:
    """In words, with the code of the reason."""
    printed = run("stores")
    assert printed.status == 0
    for kind, availability in registry.kinds().items():
        [line] = [line for line in printed.out.splitlines() if line.split()[:1] == [kind]]
        if availability.reason is None:
            assert "○" in line
        else:
            assert line.endswith(f"[{availability.reason}]")


def test_the_document(run: Run) -> None:
    """Held to its schema; every kind of the command line, in its order."""
    document = run("stores", "--json").document("certhelper.stores-1")
    kinds = [one["kind"] for one in document["kinds"]]
    assert kinds == ["nss", "pkcs11", "pkcs12", "files", "windows", "macos"]
    for one in document["kinds"]:
        assert one["usable"] == (one["reason"] is None)
        message = None if one["reason"] is None else texts.text(f"stores.{one['reason']}")
        assert one["message"] == message
    assert document["default"]


def test_it_opens_nothing(run: Run) -> None:
    """No store of this PC need exist."""
    printed = run("stores", "--json")
    assert (printed.status, printed.err) == (0, "")


def test_it_takes_no_stores(run: Run) -> None:
    """The kinds are the program's, not the person's."""
    printed = run("stores", "--store", "nss")
    assert (printed.status, printed.code) == (2, "wrong-use")


@only_on_linux  # where browsers have databases of their own
def test_whose_a_place_is(run: Run, home: Path) -> None:
    """A profile is called by its name, and what other browsers see of it is said."""
    assert "Firefox" not in run("stores").out.partition("指定がないとき")[2]
    profile = home / ".mozilla/firefox/ab.default"
    profile.mkdir(parents=True)
    (profile / "cert9.db").write_bytes(b"")
    printed = run("stores").out
    assert f"nss:{profile}  Firefoxのプロファイル(ab.default)" in printed
    assert "ChromeやEdgeでは選べません" in printed
    document = run("stores", "--json").document("certhelper.stores-1")
    origins = {one["where"]: one["origin"] for one in document["default"]}
    assert origins[str(profile)] == "Firefoxのプロファイル(ab.default)"
    assert origins[str(home / ".pki/nssdb")] is None
