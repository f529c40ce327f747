"""Makes the PKCS#12 files beside it, each as one program writes it, and ``samples.json``.

    PYTHONPATH=.:tests python tests/stores/pkcs12_samples/make.py

It needs OpenSSL with its legacy provider, Java's ``keytool`` and Python's ``cryptography``.  The
files are kept because a machine that runs the tests may lack one of them.  Windows and macOS
cannot be run here: their files are written by OpenSSL with their ciphers, counts and attributes
(``Microsoft CSP Name`` and ``LocalKeySet``; a MAC of one round), and are named ``…-shape``.
``rfc9579-*.p12`` are not made: they are the examples of RFC 9579 appendix A.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from support import pki

HERE = Path(__file__).parent
JAPANESE_PASSPHRASE = "合言葉は山と川"
JAPANESE_NAME = "株式会社見本 経理部"
PLAIN_PASSPHRASE = "Passphrase-1"

Sample = dict[str, Any]


class Maker:
    """A folder with two certificates, their keys and their issuers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        authority = pki.Authority()
        self.one = authority.issue("12345678901234 user01")
        self.two = authority.issue("12345678901234 user02", key="rsa")
        self.authority = authority
        for name, issued in (("one", self.one), ("two", self.two)):
            (folder / f"{name}-key.pem").write_bytes(issued.key_pem)
            (folder / f"{name}.pem").write_bytes(issued.pem)
        (folder / "root.pem").write_bytes(authority.issued.pem)
        self.samples: dict[str, Sample] = {}

    def run(self, *command: str | bytes | Path) -> None:
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=60)

    def openssl(
        self,
        name: str,
        *options: str,
        passphrase: str = PLAIN_PASSPHRASE,
        given_as: str | bytes | None = None,
        friendly: str = JAPANESE_NAME,
        name_given_as: str | bytes | None = None,
        chain: bool = True,
    ) -> None:
        """Write a file of the first certificate; ``given_as`` is what OpenSSL is told instead."""
        above = ("-certfile", "root.pem") if chain else ()
        given = os.fsencode(passphrase if given_as is None else given_as)
        self.run(
            *("openssl", "pkcs12", "-export", "-inkey", "one-key.pem", "-in", "one.pem", *above),
            *("-name", name_given_as or friendly, "-out", HERE / f"{name}.p12", *options),
            *("-passout", b"pass:" + given),
        )
        self.note(name, passphrase, {self.one.sha256: friendly})

    def note(self, name: str, passphrase: str, certificates: dict[str, str], **more: str) -> None:
        key = more.get("key", "present")
        self.samples[f"{name}.p12"] = {
            "passphrase": passphrase,
            "certificates": {sha256: [key, label] for sha256, label in certificates.items()},
        }


def of_windows_and_macos(make: Maker) -> None:
    triple_des = ("-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1")
    aes = ("-certpbe", "AES-256-CBC", "-keypbe", "AES-256-CBC", "-macalg", "sha256")
    of_windows = ("-iter", "2000", "-LMK", "-CSP")
    make.openssl(
        "windows-3des-shape", *triple_des, *of_windows, "Microsoft Strong Cryptographic Provider"
    )
    make.openssl("windows-aes-shape", *aes, *of_windows, "Microsoft Software Key Storage Provider")
    rc2 = ("-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1")
    make.openssl("macos-shape", *rc2, "-nomaciter")


def of_openssl(make: Maker) -> None:
    make.openssl("openssl-modern")
    make.openssl("openssl-legacy", "-legacy")
    make.openssl("openssl-no-mac", "-nomac", "-certpbe", "AES-256-CBC")
    make.openssl("openssl-sha512-mac", "-macalg", "sha512")
    for cipher in ("RC2-128", "RC4-128", "RC4-40", "2DES"):
        name = f"openssl-{cipher.lower()}"
        own = f"PBE-SHA1-{cipher}"
        make.openssl(name, "-legacy", "-certpbe", own, "-keypbe", own)
    make.openssl("openssl-camellia", "-certpbe", "CAMELLIA-256-CBC", "-keypbe", "CAMELLIA-128-CBC")
    make.openssl("openssl-open-certificates", "-certpbe", "NONE")
    make.openssl("openssl-open-keys", "-keypbe", "NONE")
    make.openssl("empty-modern", passphrase="")
    make.openssl("empty-legacy", "-legacy", passphrase="")
    _without_key(make)
    _only_key(make)


def of_openssl_in_japanese(make: Maker) -> None:
    """As OpenSSL writes it now, and as 1.0 did: each octet of the terminal's widened by itself."""
    widened = JAPANESE_PASSPHRASE.encode().decode("latin-1")
    in_windows = JAPANESE_PASSPHRASE.encode("cp932")
    for name, given, options in (
        ("japanese-modern", None, ()),
        ("japanese-legacy", None, ("-legacy",)),
        ("japanese-openssl-1.0", widened, ("-legacy",)),
        ("japanese-windows-console", in_windows, ()),
        ("japanese-windows-console-legacy", in_windows, ("-legacy",)),
    ):
        make.openssl(name, *options, passphrase=JAPANESE_PASSPHRASE, given_as=given)
    make.openssl(
        "japanese-name-openssl-1.0",
        name_given_as=JAPANESE_NAME.encode().decode("latin-1"),
    )


def _without_key(make: Maker) -> None:
    make.run(
        *("openssl", "pkcs12", "-export", "-nokeys", "-in", "one.pem", "-certfile", "root.pem"),
        *("-passout", f"pass:{PLAIN_PASSPHRASE}", "-out", HERE / "openssl-no-keys.p12"),
    )
    make.note("openssl-no-keys", PLAIN_PASSPHRASE, {make.one.sha256: ""}, key="absent")


def _only_key(make: Maker) -> None:
    make.run(
        *("openssl", "pkcs12", "-export", "-nocerts", "-inkey", "one-key.pem"),
        *("-passout", f"pass:{PLAIN_PASSPHRASE}", "-out", HERE / "openssl-only-key.p12"),
    )
    make.note("openssl-only-key", PLAIN_PASSPHRASE, {})


def of_java(make: Maker) -> None:
    """Two entries of a JKS keystore, taken over into PKCS#12 as ``keytool`` does it."""
    for name, issued in (("one", make.one), ("two", make.two)):
        (make.folder / f"{name}.p12").write_bytes(issued.pkcs12(PLAIN_PASSPHRASE, name=name))
        _keytool(make, f"{name}.p12", "PKCS12", make.folder / "both.jks", "JKS")
    both = {make.one.sha256: "one", make.two.sha256: "two"}
    for name, options in (
        ("java-modern", ()),
        ("java-legacy", ("-J-Dkeystore.pkcs12.legacy",)),
        ("java-no-mac", ("-J-Dkeystore.pkcs12.macAlgorithm=NONE",)),
        ("java-open-certificates", ("-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE",)),
    ):
        _keytool(make, "both.jks", "JKS", HERE / f"{name}.p12", "PKCS12", *options)
        make.note(name, PLAIN_PASSPHRASE, both)
    (HERE / "java-trust.p12").unlink(missing_ok=True)
    make.run(
        *("keytool", "-importcert", "-noprompt", "-alias", "信頼する認証局", "-file", "root.pem"),
        *("-keystore", HERE / "java-trust.p12", "-storetype", "PKCS12"),
        *("-storepass", PLAIN_PASSPHRASE, "-J-Dsun.jnu.encoding=UTF-8", "-J-Dfile.encoding=UTF-8"),
    )
    make.note(
        "java-trust",
        PLAIN_PASSPHRASE,
        {make.authority.issued.sha256: "信頼する認証局"},
        key="absent",
    )


def _keytool(
    make: Maker, source: str, source_type: str, target: Path, target_type: str, *options: str
) -> None:
    if target_type == "PKCS12":
        target.unlink(missing_ok=True)
    make.run(
        *("keytool", "-importkeystore", "-noprompt", "-srckeystore", source),
        *("-srcstoretype", source_type, "-srcstorepass", PLAIN_PASSPHRASE),
        *("-destkeystore", str(target), "-deststoretype", target_type),
        *("-deststorepass", PLAIN_PASSPHRASE, *options),
    )


PARTS: Sequence[Callable[[Maker], None]] = (
    of_windows_and_macos,
    of_openssl,
    of_openssl_in_japanese,
    of_java,
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make = Maker(Path(folder))
        for part in PARTS:
            part(make)
    written = json.dumps(make.samples, ensure_ascii=False, indent=1, sort_keys=True)
    (HERE / "samples.json").write_text(f"{written}\n", "utf-8")


if __name__ == "__main__":
    main()
