"""Tokens of SoftHSM, made and looked at by SoftHSM's and OpenSC's own tools.

Debian: ``softhsm2`` and ``opensc``.  The tokens lie in a folder of the test's own; a module finds
them through ``SOFTHSM2_CONF``, which :meth:`SoftHsm.environment` gives and the test sets.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from support.pki import Issued
from support.systems import needs_linux

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so").resolve()
"""SoftHSM's PKCS #11 library (Debian), by the name that a store has for it."""

PIN = "87654321"
"""The user PIN of a token where the test names none."""

_SO_PIN = "officer-1234"


@dataclass(frozen=True)
class MadeToken:
    """A token of :class:`SoftHsm`; ``serial`` as the module tells it."""

    label: str
    serial: str
    pin: str = PIN


@dataclass(frozen=True)
class SeenCertificate:
    """What ``pkcs11-tool`` shows of a certificate: the second reader."""

    label: str
    identifier: str
    subject: str


class SoftHsm:
    """SoftHSM with its tokens in ``folder``, which is made; :meth:`make_token` adds one."""

    def __init__(self, folder: Path) -> None:
        needs_linux("SoftHSM")
        self.folder = folder
        self.tokens = folder / "tokens"
        self.tokens.mkdir(parents=True)
        self.configuration = folder / "softhsm2.conf"
        self.configuration.write_text(
            f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variable by which the module finds these tokens."""
        return {"SOFTHSM2_CONF": str(self.configuration)}

    def make_token(self, label: str, pin: str = PIN) -> MadeToken:
        """Initialise one more token (``softhsm2-util --init-token``)."""
        self._util("--init-token", "--free", "--label", label, "--so-pin", _SO_PIN, "--pin", pin)
        shown = self._util("--show-slots")
        serials = re.findall(
            r"Serial number: *(\S*)\n(?:.*\n){2} *Label: *(.*?) *$", shown, re.MULTILINE
        )
        return MadeToken(label, next(serial for serial, name in serials if name == label), pin)

    def add(
        self,
        token: MadeToken,
        issued: Issued,
        label: str = "certificate",
        identifier: str | None = None,
        *,
        with_key: bool = True,
    ) -> str:
        """Put a certificate on a token, with its key; return the CKA_ID of both, in hex."""
        identifier = identifier or issued.sha256[:40]
        if with_key:
            key = self.folder / "transport.pem"
            key.write_bytes(issued.key_pem)
            named = ("--label", label, "--id", identifier)
            self._util("--import", str(key), "--token", token.label, "--pin", token.pin, *named)
            key.unlink()
        self.add_certificate(token, issued.der, label, identifier)
        return identifier

    def add_certificate(
        self, token: MadeToken, der: bytes, label: str = "certificate", identifier: str = ""
    ) -> None:
        """Put a certificate on a token (``pkcs11-tool --write-object``)."""
        file = self.folder / "transport.der"
        file.write_bytes(der)
        named = ["--label", label, *(["--id", identifier] if identifier else [])]
        self._tool(token, "--write-object", str(file), "--type", "cert", *named)
        file.unlink()

    def remove_certificate(self, token: MadeToken, identifier: str) -> None:
        """Delete one certificate (``pkcs11-tool --delete-object``)."""
        self._tool(token, "--delete-object", "--type", "cert", "--id", identifier)

    def delete_token(self, token: MadeToken) -> None:
        """Pull a token: SoftHSM forgets it with all that is on it.

        Whoever looks at it just then may put a lock into its folder, which is then left over.
        """
        try:
            self._util("--delete-token", "--token", token.label)
        except AssertionError as error:
            left = re.search(r"Could not delete the directory: (.+)", str(error))
            if left is None:
                raise
            shutil.rmtree(left[1])

    def seen(self, token: MadeToken) -> list[SeenCertificate]:
        """Return the certificates that OpenSC's ``pkcs11-tool`` shows without a PIN."""
        command = ["pkcs11-tool", "--module", str(MODULE), "--token-label", token.label]
        shown = self._run([*command, "--list-objects", "--type", "cert"])
        return [
            SeenCertificate(_value(part, "label"), _value(part, "ID"), _value(part, "subject"))
            for part in shown.split("Certificate Object;")[1:]
        ]

    def der(self, token: MadeToken, identifier: str) -> bytes:
        """Return the octets that ``pkcs11-tool`` reads of one certificate."""
        file = self.folder / "read.der"
        named = ["--type", "cert", "--id", identifier, "--output-file", str(file)]
        command = ["pkcs11-tool", "--module", str(MODULE), "--token-label", token.label]
        self._run([*command, "--read-object", *named])
        octets = file.read_bytes()
        file.unlink()
        return octets

    def try_pin(self, token: MadeToken, pin: str) -> bool:
        """Whether the token takes this PIN; a wrong one uses up a try where tries are counted."""
        command = ["pkcs11-tool", "--module", str(MODULE), "--token-label", token.label]
        environment = {**os.environ, **self.environment}
        words = [*command, "--login", "--pin", pin, "--list-objects"]
        done = subprocess.run(words, env=environment, capture_output=True, timeout=60)
        return done.returncode == 0

    def _tool(self, token: MadeToken, *arguments: str) -> str:
        command = ["pkcs11-tool", "--module", str(MODULE), "--token-label", token.label]
        return self._run([*command, "--login", "--pin", token.pin, *arguments])

    def _util(self, *arguments: str) -> str:
        return self._run(["softhsm2-util", *arguments])

    def _run(self, command: Sequence[str]) -> str:
        environment = {**os.environ, **self.environment, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", timeout=60
        )
        if done.returncode:
            raise AssertionError(f"{command[0]} {command[1]}: {done.stdout}{done.stderr}")
        return done.stdout


def _value(part: str, name: str) -> str:
    found = re.search(rf"^ *{name}: *(.*?) *$", part, re.MULTILINE)
    return found.group(1) if found else ""
