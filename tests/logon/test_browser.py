"""The real engine against the demo bank on real TLS: the bank's own log is the proof."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import pkcs12_files
from support.log_on import Outcome, Site
from support.systems import not_under_wine

from certhelper.bank import Bank
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.log import PIN_PATH
from certhelper.demo.scenario import Fault, Scenario
from certhelper.logon import environment
from certhelper.logon.home import private_home
from certhelper.logon.preparation import prepare
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Until

pytestmark = not_under_wine("WebEngine never loads a page there")

WHOLE_WAY = [
    "opened",
    "logon-page",
    "certificate-requested",
    "certificate-sent",
    "pin-page",
    "pin-submitted",
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The demo bank, a store with three certificates, and a profile."""
    with Site(tmp_path, other_authentication=False) as running:
        yield running


def change(site: Site, **scenario: object) -> None:
    site.server.bank.scenario = Scenario(**{"other_authentication": False} | scenario)  # type: ignore[arg-type]


def test_a_log_on_reaches_the_top_page_with_exactly_the_chosen_certificate(site: Site) -> None:
    """Every stage is told in order; the bank saw one certificate and one PIN."""
    outcome = site.log_on(certificate=site.second.sha256)
    assert outcome.stages == [*WHOLE_WAY, "top-page"]
    assert outcome.status == 0
    assert site.log.certificates() == [site.second.sha256]
    assert site.log.pin_posts() == 1
    offered = outcome.detail("certificate-requested")["offered"]
    assert set(offered) == {site.user.sha256, site.second.sha256}  # type: ignore[call-overload]


def test_nothing_is_left_behind(site: Site, home: Path) -> None:
    """After a session the home is as it was, and the session's own is gone."""
    before = sorted(home.rglob("*"))
    assert site.log_on().status == 0
    assert sorted(home.rglob("*")) == before


@pytest.mark.parametrize("link", ["target-blank", "window-open"])
def test_a_pop_up_opens_in_the_same_session(site: Site, link: str) -> None:
    """The log-on goes on in a window that the bank's page opens."""
    change(site, logon_link=link)
    assert site.log_on().stages == [*WHOLE_WAY, "top-page"]
    assert site.log.certificates() == [site.user.sha256]
    assert site.log.pin_posts() == 1


def test_real_key_events_enter_the_pin_too(site: Site) -> None:
    """With entry = "keys" it reaches the top page with the same PIN, leading zero and all."""
    outcome = site.log_on(bank=site.profile(entry="keys"))
    assert outcome.stages == [*WHOLE_WAY, "top-page"]
    assert site.log.pin_posts() == 1


def test_other_authentication_ends_a_run_without_a_person(site: Site) -> None:
    """--until other ends well; --until top ends with 1 and the code."""
    change(site, other_authentication=True)
    assert site.log_on(until=Until.OTHER).status == 0
    outcome = site.log_on(until=Until.TOP)
    assert (outcome.status, outcome.code) == (1, "other-authentication")


def test_a_rehearsal_stops_at_the_pin_page(site: Site) -> None:
    """No PIN is submitted and the session is thrown away."""
    outcome = site.log_on(until=Until.PIN, pin=None)
    assert outcome.stages == WHOLE_WAY[:-1]
    assert outcome.status == 0
    assert site.log.pin_posts() == 0


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        ("", "pin-missing"),
        ("123", "pin-outside-rule"),
        ("1234567890123", "pin-outside-rule"),
        ("12 45", "pin-outside-rule"),
        ("１２３４", "pin-outside-rule"),
        ("9" * 300, "pin-outside-rule"),
    ],
)
def test_a_pin_outside_the_rule_never_reaches_the_bank(site: Site, pin: str, code: str) -> None:
    """The bank is not even contacted; the status is that of wrong use."""
    outcome = site.log_on(pin=pin)
    assert (outcome.status, outcome.code) == (2, code)
    assert site.log.entries == ()


@pytest.mark.parametrize("kind", ["drop", "reset"])
def test_the_pin_is_posted_once_over_a_dropped_keep_alive_connection(site: Site, kind: str) -> None:
    """Chromium would send a POST again on a used connection; ours arrives once."""
    change(site, fault=Fault("pin", kind))  # type: ignore[arg-type]
    outcome = site.log_on()
    assert (outcome.status, outcome.code) == (1, "connection-lost-after-pin")
    assert site.log.pin_posts() == 1


@pytest.mark.parametrize(
    ("actions", "answers"),
    [
        (["reload"], ["refused"]),
        (["run:location.reload()"], ["refused"]),
        (["run:history.back()", "run:history.forward()"], ["loaded", "refused"]),
        (["run:location.href='/biznet/top'", "back", "reload"], ["loaded", "loaded", "loaded"]),
    ],
)
def test_reload_and_back_cannot_post_the_pin_again(
    site: Site, actions: list[str], answers: list[str]
) -> None:
    """Buttons and page scripts alike: the bank counts one PIN, and the person is told."""
    change(site, other_authentication=True, pin_answer="page")
    assert drive(site, actions) == answers
    assert site.log.pin_posts() == 1


def test_a_person_may_type_the_pin_in_the_page_and_go_the_whole_way(site: Site) -> None:
    """Without a PIN of ours: the person's own entry, 他の認証 and the top page are recognised."""
    change(site, other_authentication=True)
    submit = (
        f"document.querySelector('input[type=password]').value = '{DEMO_PIN}';"
        "document.querySelector('button.primary').click()"
    )
    code = (
        "document.getElementById('code').value ="
        " document.getElementById('shown-code').innerText;"
        "document.querySelector('button.primary').click()"
    )
    actions = [f"run:{submit}", "stage:other-authentication", f"run:{code}", "stage:top-page"]
    assert drive(site, actions, with_pin=False) == ["loaded", "told", "loaded", "told"]
    assert site.log.pin_posts() == 1


def test_no_thread_of_a_session_destroys_objects_of_qt(site: Site) -> None:
    """Python collects cyclic garbage in its main thread alone (Qt documentation, affinity)."""
    assert drive(site, ["garbage"], with_pin=False) == ["here"]


def drive(site: Site, actions: list[str], *, with_pin: bool = True) -> list[str]:
    """Do the actions in a session after the PIN; return what the session answered."""
    with private_home() as home:
        prepare(home, f"nss:{site.database}", None)
        request = SessionRequest(
            bank=site.bank.source,
            bank_sha256=site.bank.sha256,
            certificate=site.user.sha256,
            issuers=(),
            holder="",
            certificate_facts=(),
            until=None,
            pin_stdin=with_pin,
            downloads=home,
        )
        done = subprocess.run(
            [
                sys.executable,
                str(Path(__file__).parents[1] / "support" / "session_driver.py"),
                str(request.write(home)),
                *actions,
            ],
            input=f"{DEMO_PIN}\n",
            env=environment.built(os.environ, home)
            | {"PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            timeout=60,
        )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line["answer"] for line in lines if "action" in line]


def test_a_form_with_another_path_gets_no_pin(site: Site) -> None:
    """The bank's own host is not enough; other pages that differ are in test_troubles.py."""
    change(site, pin_page="other-path-form")
    outcome = site.log_on()
    assert (outcome.status, outcome.code) == (1, "pin-target-unexpected")
    assert not any(entry.method == "POST" for entry in site.log.entries)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("home", "error-500"), "server-error"),
        (Fault("certificate", "error-500"), "server-error"),
        (Fault("certificate", "reset"), "connection-reset"),
    ],
)
def test_a_bank_in_trouble_is_named(site: Site, fault: Fault, code: str) -> None:
    """Errors at other steps than those of test_troubles.py have their code, too; status 1."""
    change(site, fault=fault)
    outcome = site.log_on()
    assert (outcome.status, outcome.code) == (1, code)
    assert site.log.pin_posts() == 0


def test_a_log_on_page_that_stalls_is_given_up_after_the_limit(site: Site) -> None:
    """A silent server ends in a code, not in a window that waits for ever."""
    change(site, fault=Fault("logon", "hold"))
    outcome = site.log_on(load_limit_ms=1500)
    assert (outcome.status, outcome.code) == (1, "no-answer")


def test_an_unknown_page_after_the_pin_is_not_called_success(site: Site) -> None:
    """A top page whose marker the profile does not know ends with status 1."""
    outcome = site.log_on(bank=site.profile(top="このしるしはない"))
    assert (outcome.status, outcome.code) == (1, "page-not-recognised")


def test_a_certificate_of_another_issuer_is_told_apart(site: Site) -> None:
    """The server asked, but not for this issuer: the code says so and names whom it takes."""
    outcome = site.log_on(
        certificate=site.stranger.sha256,
        issuers=(site.stranger.certificate.issuer.public_bytes(),),
    )
    assert (outcome.status, outcome.code) == (1, "no-certificate-fits")
    assert "Biznet CA" in str(outcome.detail("failed")["accepted"])
    assert site.log.certificates() == []


def test_a_server_that_never_asks_is_told_apart(site: Site) -> None:
    """A log-on address that leads to a server without certificate log-on has its own code."""
    front = site.server.addresses.front
    bank = site.profile(
        start_url=f"{front}/biznet/certificate",
        allowed_hosts="unused.demo-bank.localhost",
        certificate_hosts=front.removeprefix("https://"),
    )
    outcome = site.log_on(bank=bank)
    assert (outcome.status, outcome.code) == (1, "certificate-not-requested")


def test_a_host_that_is_only_allowed_gets_no_certificate(site: Site) -> None:
    """Allowed to be shown is not allowed to be sent a certificate."""
    addresses = site.server.addresses
    bank = site.profile(
        allowed_hosts='", "'.join(
            address.removeprefix("https://") for address in (addresses.front, addresses.logon)
        ),
        certificate_hosts="secure.demo-bank.localhost",
    )
    outcome = site.log_on(bank=bank)
    assert (outcome.status, outcome.code) == (1, "certificate-host-not-allowed")
    assert site.log.certificates() == []


def test_a_server_with_an_unknown_authority_is_refused(site: Site) -> None:
    """Without the profile's root the server's certificate stops everything."""
    outcome = site.log_on(bank=site.profile(trusted=""))
    assert (outcome.status, outcome.code) == (1, "server-authority-unknown")
    assert site.log.entries == ()


def test_two_sessions_at_once_and_in_turn_never_mix(site: Site) -> None:
    """Each session's PIN arrives with its own certificate, side by side and afterwards."""

    def as_holder(certificate: str) -> Outcome:
        # A process of its own each: standard input is inherited.
        code = (
            "import pickle, sys; from support.log_on import log_on; "
            "from certhelper.bank import Bank; from pathlib import Path; "
            "o = log_on(Bank.read(Path(sys.argv[1])), sys.argv[2], sys.argv[3], pin=sys.argv[4]); "
            "sys.stdout.buffer.write(pickle.dumps(o))"
        )
        import pickle

        done = subprocess.run(
            [
                sys.executable,
                "-c",
                code,
                str(site.bank.source),
                f"nss:{site.database}",
                certificate,
                DEMO_PIN,
            ],
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join((str(Path(__file__).parents[2]), "tests"))},
            cwd=Path(__file__).parents[2],
            capture_output=True,
        )
        outcome = pickle.loads(done.stdout)
        assert isinstance(outcome, Outcome)
        return outcome

    both = (site.user.sha256, site.second.sha256)
    with ThreadPoolExecutor(2) as pool:
        at_once = list(pool.map(as_holder, both))
    in_turn = [as_holder(certificate) for certificate in reversed(both)]
    assert [outcome.status for outcome in (*at_once, *in_turn)] == [0] * 4
    for certificate in both:
        assert site.log.pin_posts(certificate) == 2


def test_a_directory_with_quotes_and_spaces_is_harmless(site: Site) -> None:
    """The path of the store never reaches NSS: any name works."""
    odd = site.folder / "it's a \"store\" flags=readOnly, 'x' 店"
    site.database.rename(odd)
    outcome = site.log_on(store=f"nss:{odd}")
    assert outcome.status == 0


def test_a_ca_that_only_a_foreign_database_trusts_opens_no_page(site: Site, tmp_path: Path) -> None:
    """Trust rows of the store's database do not come along."""
    from support import nssdb

    foreign = nssdb.Database(site.database)
    foreign.add_certificate(site.server.authority.server_root.der, "server root", "C,,")
    outcome = site.log_on(bank=site.profile(trusted=""))
    assert (outcome.status, outcome.code) == (1, "server-authority-unknown")
    assert site.log.entries == ()


def test_a_killed_session_is_reported_and_leaves_nothing(site: Site, home: Path) -> None:
    """After kill -9 there is one code, status 3, and the private home is removed."""
    change(site, fault=Fault("certificate", "hold"))
    before = sorted(home.rglob("*"))
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(site.log_on()))
    thread.start()
    assert site.log.wait_for(lambda log: any(entry.path == "/biznet/" for entry in log.entries))
    os.kill(session_process(), signal.Signals["SIGKILL"])
    thread.join()
    assert (outcomes[0].status, outcomes[0].code) == (3, "session-crashed")
    assert sorted(home.rglob("*")) == before


def session_process() -> int:
    """The process id of the worker that this process started."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    for child in " ".join(path.read_text() for path in children).split():
        if b"certhelper.logon.browser.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    raise AssertionError("no session process")


def test_pictures_of_each_stage_are_saved(site: Site, tmp_path: Path) -> None:
    """--screenshot with a folder keeps one picture a stage, in order."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    site.log_on(screenshot=pictures)
    names = sorted(path.name for path in pictures.iterdir())
    assert names[0] == "01-logon-page.png"
    assert names[-1].endswith("-top-page.png")
    assert all(path.stat().st_size > 5000 for path in pictures.iterdir())


def test_no_pin_in_the_bank_s_log(site: Site) -> None:
    """The harness itself keeps no PIN, so that finding one elsewhere means something."""
    site.log_on()
    assert DEMO_PIN not in "".join(entry.line() for entry in site.log.entries)
    assert any(entry.path == PIN_PATH for entry in site.log.entries)


def test_a_pkcs12_file_logs_on(site: Site, tmp_path: Path) -> None:
    """A file's certificate is sent from a database made for this session alone."""
    authority = site.server.authority
    path = tmp_path / "user01.p12"
    path.write_bytes(site.user.pkcs12("user01", b"file", [authority.biznet_g2, authority.root]))
    outcome = site.log_on(store=f"pkcs12:{path}", passphrase="file")
    assert outcome.stages == [*WHOLE_WAY, "top-page"]
    assert site.log.certificates() == [site.user.sha256]


def test_the_chosen_one_of_several_in_a_pkcs12_file_logs_on(site: Site, tmp_path: Path) -> None:
    """Two users' keys in one file, as Java keeps them: the bank sees the one that was chosen."""
    users = (site.user, site.second)
    path = tmp_path / "both.p12"
    certificates = [
        pkcs12_files.certificate_bag(one.der) for one in (*users, site.server.authority.biznet_g2)
    ]
    keys = [pkcs12_files.shrouded_key_bag(one.key_der, b"file") for one in users]
    parts = (pkcs12_files.encrypted_data(b"file", *certificates), pkcs12_files.data(*keys))
    path.write_bytes(pkcs12_files.file(*parts))
    chosen = site.second
    outcome = site.log_on(store=f"pkcs12:{path}", passphrase="file", certificate=chosen.sha256)
    assert outcome.stages == [*WHOLE_WAY, "top-page"]
    assert site.log.certificates() == [chosen.sha256]


def test_a_root_file_without_a_certificate_is_a_mistake_of_the_profile(site: Site) -> None:
    """It is named, instead of a server certificate being blamed later."""
    root = site.folder / "root.pem"
    root.write_text("no certificate")
    outcome = site.log_on(bank=Bank.read(site.bank.source))
    assert (outcome.status, outcome.code) == (2, "profile-mistake")
    assert site.log.entries == ()
