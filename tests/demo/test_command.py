"""``certhelper demo`` as a whole process, as a person starts it."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs12
from support.bank_client import BankClient
from support.systems import only_on_linux

from certhelper.demo.authority import Issued

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "certhelper", "demo"]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, empty and only this test's."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)  # found anew from the environment
    monkeypatch.chdir(ROOT)
    return folder


@only_on_linux  # signals that a program can answer
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_only(temporary: Path, tmp_path: Path, number: signal.Signals) -> None:
    """It prints what other clients need, serves them, and ends orderly at Ctrl-C."""
    with subprocess.Popen(
        # A shell starts what runs in the background with the signal ignored.
        ["env", "--default-signal=INT", *COMMAND, "--serve-only"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout
        assert demo.stderr
        said = ""
        while "Ctrl-C" not in said:
            line = demo.stdout.readline()
            assert line, demo.stderr.read()
            said += line
        fetched = fetch_pin_page(said, tmp_path)
        demo.send_signal(number)
        rest, complaints = demo.communicate(timeout=60)
    assert "CIBMU209" in fetched
    assert "0123ab" in said
    assert re.search(r"GET /biznet/certificate 200 sha256=[0-9a-f]{64} serial=[0-9a-f]+ ", rest)
    assert demo.returncode == 0
    assert complaints == ""
    assert list(temporary.iterdir()) == []


def fetch_pin_page(said: str, folder: Path) -> str:
    """Ask for the PIN page with another client, given only what was printed."""
    address = re.search(r"https://login\S+/biznet/certificate", said)
    root = re.search(r"/\S+\.pem", said)
    bundle = re.search(r"(/\S+\.p12)\(パスフレーズ (\w+)\)", said)
    assert address
    assert root
    assert bundle
    loaded = pkcs12.load_pkcs12(Path(bundle[1]).read_bytes(), bundle[2].encode())
    assert loaded.cert
    assert isinstance(loaded.key, RSAPrivateKey)
    certificate = Issued(loaded.cert.certificate, loaded.key)
    with BankClient(folder, Path(root[0]).read_bytes(), certificate) as client:
        return client.get(address[0]).text


@only_on_linux  # WebEngine without a display
def test_without_display(temporary: Path, home: Path) -> None:
    """One whole log-on offscreen: the log proves it, pictures stay, the home is untouched."""
    before = sorted(home.rglob("*"))
    done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    assert "利用者トップページが表示されました" in done.stdout
    assert re.search(r"銀行に届いた証明書\(SHA-256\): [0-9a-f]{64}$", done.stdout, re.MULTILINE)
    assert "送信: 1回" in done.stdout
    assert sorted(home.rglob("*")) == before
    left = list(temporary.iterdir())
    assert [folder.name.startswith("certhelper-demo-pictures-") for folder in left] == [True]
    assert str(left[0]) in done.stdout
    pictures = sorted(file.name for file in left[0].iterdir())
    assert pictures[0] == "01-logon-page.png"
    assert pictures[-1].endswith("-top-page.png")
    for file in left[0].iterdir():
        assert file.read_bytes().startswith(b"\x89PNG")
        assert file.name in done.stdout


@only_on_linux
def test_end_takes_the_window_along(temporary: Path, tmp_path: Path) -> None:
    """Asked to end while the window is open, the demo ends the window and removes its files."""
    recorder = tmp_path / "recorder.py"
    recorder.write_text("import os, sys, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n")
    starter = (
        "import sys\nfrom certhelper.cli import demo, main\n"
        f"demo.program = lambda: [sys.executable, {str(recorder)!r}]\n"
        "sys.exit(main(['demo']))\n"
    )
    environment = {**os.environ, "DISPLAY": ":99", "QT_QPA_PLATFORM": "xcb"}
    with subprocess.Popen(
        [sys.executable, "-c", starter],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout
        window = next(int(line) for line in demo.stdout if line.strip().isdigit())
        demo.send_signal(signal.SIGTERM)
        demo.communicate(timeout=60)
    assert demo.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(window, 0)
    assert list(temporary.iterdir()) == []


def test_window_is_started_on_the_demo(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a display the program itself is opened, with the demo's profile and store only."""
    from certhelper.cli import demo

    recorder = tmp_path / "recorder.py"
    recorder.write_text(
        "import json, os, pathlib, sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from certhelper import settings\n"
        "facts = {'arguments': sys.argv[1:], 'config': str(settings.folder()),\n"
        "         'profile': pathlib.Path(sys.argv[2]).read_text(encoding='utf-8')}\n"
        f"pathlib.Path({str(tmp_path / 'facts.json')!r}).write_text(json.dumps(facts))\n"
        "sys.exit(1)\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(demo, "program", lambda: [sys.executable, str(recorder)])
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.delenv("QT_QPA_PLATFORM")
    assert demo.run(argparse.Namespace(serve_only=False)) == 1
    facts = json.loads((tmp_path / "facts.json").read_text())
    assert [facts["arguments"][0], facts["arguments"][2]] == ["--bank", "--store"]
    if sys.platform == "win32":
        assert facts["arguments"][3] == "windows:CurrentUser"
    else:
        assert facts["arguments"][3].startswith(f"nss:{temporary}{os.sep}")
    assert facts["config"].startswith(str(temporary))
    assert 'id = "demo-bank"' in facts["profile"]
    assert list(temporary.iterdir()) == []
