"""The Debian packages that the program and its tests need, and how they get onto the machine."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from installers.checkout.words import SetUpError, say, tell

# Packages ask this program before they start a service; 101 forbids it (README.policy-rc.d of
# Debian's init-system-helpers).
SERVICE_POLICY = Path("/usr/sbin/policy-rc.d")

_WIDGETS = "Qt's widgets"
_BROWSER = "Qt WebEngine"
_SCREEN = "Qt on an X screen"

# Debian 12's names, each with its reason.
RUN = {
    "libgl1": _WIDGETS,
    "libegl1": _WIDGETS,
    "libglib2.0-0": _WIDGETS,
    "libxkbcommon0": _WIDGETS,
    "libfontconfig1": _WIDGETS,
    "libdbus-1-3": _WIDGETS,
    "libnss3": "Qt WebEngine, and the certificates of this PC",
    "libxcb-dri3-0": _BROWSER,
    "libgbm1": _BROWSER,
    "libxcomposite1": _BROWSER,
    "libxdamage1": _BROWSER,
    "libxrandr2": _BROWSER,
    "libxtst6": _BROWSER,
    "libasound2": _BROWSER,
    "libxkbfile1": _BROWSER,
    "libxcb-cursor0": _SCREEN,
    "libxcb-icccm4": _SCREEN,
    "libxcb-keysyms1": _SCREEN,
    "libxcb-shape0": _SCREEN,
    "libxcb-xkb1": _SCREEN,
    "libxkbcommon-x11-0": _SCREEN,
    "fonts-noto-cjk": "Japanese text; without it windows and pictures show boxes",
}
TEST = {
    "apache2-bin": "Apache, which asks for a certificate at one address only; it brings no service",
    "dbus": "a session bus of the tests' own, for the keyring",
    "gnutls-bin": "p11tool, which writes on tokens what pkcs11-tool cannot",
    "gnome-keyring": "the Secret Service that passphrases are remembered in",
    "gsettings-desktop-schemas": "GNOME's settings of a proxy, which a session follows",
    "libfaketime": "a PC whose clock is wrong",
    "libglib2.0-bin": "gsettings, which reads and writes them",
    "libnss3-tools": "certutil and pk12util make certificate databases as other programs do",
    "nginx-light": "the demo bank behind a real web server",
    "opensc": "pkcs11-tool, the second reader of tokens, which also puts certificates on them",
    "openssl": "responders and lists of a CA, and files as others write them",
    "softhsm2": "tokens of software, read through a real PKCS #11 module",
    "tinyproxy-bin": "a real proxy between this PC and a bank; it brings no service",
    "xvfb": "a test screen, where windows are raised and focused for real",
}
BENCHMARK = {
    "default-jre-headless": "Java's keytool, beside which a file of certificates is measured",
    "xca": "another list of certificates, beside whose window ours is measured",
    "xdotool": "says when that window shows",
}
BUILD = {
    "gcc-mingw-w64-x86-64-win32": "libraries for Windows that the tests put in Wine's place",
    "mmdebstrap": "another Debian beside this one, for Wine",
    "msitools": "msibuild changes the tables of the MSI that wixl makes",
    "nsis": "makes the set-up program for Windows",
    "wixl": "makes the MSI for silent roll-out on Windows",
}


def missing(wanted: dict[str, str]) -> list[str]:
    """Return which of ``wanted`` are not installed; none where the system is not Debian's."""
    if shutil.which("dpkg-query") is None:
        return []
    listing = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}\t${Package}, ${Provides}\n"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [name for name in wanted if name not in _names_of_installed(listing)]


def _names_of_installed(listing: str) -> set[str]:
    present = set[str]()
    for line in listing.splitlines():
        status, _, names = line.partition("\t")
        if status == "installed":
            # A later release may carry a library under another name and provide the old one.
            present.update(name.split()[0] for name in names.split(",") if name.strip())
    return present


def install(wanted: dict[str, str], *, as_root: bool) -> None:
    """Install what is missing.

    Raises :class:`SetUpError` when that fails, and, for a person who is not root, with the one
    command to run.
    """
    names = missing(wanted)
    if not names:
        return
    if not as_root:
        raise SetUpError(_one_command(names))
    tell(
        f"Debianのパッケージを入れています: {' '.join(names)}",
        f"Installing Debian packages: {' '.join(names)}",
    )
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _no_service_starts():
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", *names]):
            status = subprocess.run(["apt-get", "-qq", *arguments], env=variables).returncode
            if status:
                raise SetUpError(f"apt-get {shlex.join(arguments)}: {status}")
    if "nginx-light" in names and Path("/run/systemd/system").is_dir():
        # The tests start their own; nobody asked for a web server on this machine.
        subprocess.run(["systemctl", "disable", "--quiet", "nginx.service"], check=False)


def _one_command(names: list[str]) -> str:
    install_line = f"apt-get install -y --no-install-recommends {' '.join(names)}"
    become_root = "sudo sh -c" if shutil.which("sudo") else "su -c"  # a bare Debian has no sudo
    command = f"{become_root} 'apt-get update && {install_line}'"
    return say(
        f"足りないパッケージがあります。次の1行を実行してから、もう一度お試しください。\n{command}",
        f"Some packages are missing. Run this one line, then try again.\n{command}",
    )


@contextlib.contextmanager
def _no_service_starts() -> Iterator[None]:
    """Keep Debian's packages from starting a service while they are installed."""
    if SERVICE_POLICY.exists():  # the machine has its own rule
        yield
        return
    SERVICE_POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    SERVICE_POLICY.chmod(0o755)
    try:
        yield
    finally:
        SERVICE_POLICY.unlink(missing_ok=True)
