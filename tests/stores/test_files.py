"""PEM and DER files as a store: what becomes a row, which key belongs to it, and what is broken."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
)
from hypothesis import assume, given
from hypothesis import strategies as st
from support import pki
from support.systems import make_pipe, only_on_linux

from certhelper import failures
from certhelper.certificate import Certificate
from certhelper.secret import Secret
from certhelper.stores import files_blocks, files_folder
from certhelper.stores.base import Installed, KeyState, StoreReading, StoreStatus
from certhelper.stores.files import FilesError, FilesStore, open_identity
from certhelper.stores.watching import look

PASSPHRASE = "秘密のパスフレーズ"


ONE = pki.Authority().issue("12345678901234 user")


def read(path: Path) -> StoreReading:
    return FilesStore(path).read()


def rows(path: Path) -> dict[str, Installed]:
    """What a folder shows, by the name of the file (the last one of each)."""
    return {one.label: one for one in read(path).installed}


def key_states(path: Path) -> dict[str, KeyState]:
    return {name: one.key for name, one in rows(path).items()}


def encrypted(issued: pki.Issued, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    protection = BestAvailableEncryption(PASSPHRASE.encode())
    return issued.key.private_bytes(Encoding.PEM, form, protection)


def make_key(issued: pki.Issued, form: PrivateFormat, encoding: Encoding) -> bytes:
    return issued.key.private_bytes(encoding, form, NoEncryption())


class TestCertificates:
    def test_several_in_one_file_with_text_around(
        self, tmp_path: Path, authority: pki.Authority
    ) -> None:
        """Whatever stands before, between and after the blocks; each certificate once."""
        issued = [authority.issue(f"1234567890123{n} user") for n in range(3)]
        blocks = [b"Bag Attributes\n  friendlyName: \x83\x74\n" + one.pem for one in issued]
        (tmp_path / "a.pem").write_bytes(b"\n\n".join([*blocks, issued[0].pem]) + b"end")
        found = read(tmp_path)
        assert [one.certificate.sha256 for one in found.installed] == [i.sha256 for i in issued]
        assert {one.store for one in found.installed} == {f"files:{tmp_path / 'a.pem'}"}
        assert found.status is StoreStatus.OK
        assert found.locked_entries == ()

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda pem: b"\xef\xbb\xbf" + pem,
            lambda pem: pem.replace(b"\n", b"\r\n"),
            lambda pem: pem.replace(b"\n", b"\r"),
            lambda pem: pem.replace(b"\n", b""),
            lambda pem: pem.replace(b"\n", b"\n   "),
            lambda pem: pem.rstrip(b"\n"),
            lambda pem: pem.replace(b" CERTIFICATE", b" X509 CERTIFICATE"),
            lambda pem: pem.replace(b"-----\nM", b"-----\nName: value\n\nM"),
            lambda pem: "証明書\n".encode("utf-16") + pem.decode().encode("utf-16-le"),
            lambda pem: b"\xfe\xff" + pem.decode().encode("utf-16-be"),
            lambda pem: b"".join(pem.splitlines(keepends=True)[1:-1]),
        ],
        ids=[
            "byte-order-mark",
            "crlf",
            "cr",
            "one-line",
            "indented",
            "no-end-of-line",
            "older-label",
            "headers",
            "utf-16-le",
            "utf-16-be",
            "no-first-and-last-line",
        ],
    )
    def test_however_it_was_saved(
        self, tmp_path: Path, authority: pki.Authority, spoil: Callable[[bytes], bytes]
    ) -> None:
        """Editors, mail programs and consoles change a file without damaging it."""
        issued = authority.issue("12345678901234 user", key="rsa")
        (tmp_path / "a.cer").write_bytes(spoil(issued.pem))
        (tmp_path / "a.key").write_bytes(issued.key_pem)
        [found] = read(tmp_path).installed
        assert (found.certificate.sha256, found.key) == (issued.sha256, KeyState.PRESENT)

    @only_on_linux  # made by openssl
    def test_a_trusted_certificate_of_openssl(
        self, tmp_path: Path, authority: pki.Authority
    ) -> None:
        """What OpenSSL adds after the certificate is no part of it."""
        issued = authority.issue("12345678901234 user")
        command = ["openssl", "x509", "-trustout", "-addtrust", "clientAuth", "-setalias", "x"]
        trusted = subprocess.run(command, input=issued.pem, capture_output=True, check=True).stdout
        assert b"TRUSTED CERTIFICATE" in trusted
        (tmp_path / "a.pem").write_bytes(trusted)
        [found] = read(tmp_path).installed
        assert found.certificate.sha256 == issued.sha256
        assert found.certificate.unread_fields == ()

    @pytest.mark.parametrize("name", ["a.der", "a.cer", "a.CRT", "a.pem", "a", "a.bin"])
    def test_der_whatever_its_name(
        self, tmp_path: Path, authority: pki.Authority, name: str
    ) -> None:
        """The content says that it is a certificate."""
        issued = authority.issue("12345678901234 user")
        (tmp_path / name).write_bytes(issued.der)
        assert list(rows(tmp_path)) == [name]

    def test_pem_in_a_text_file(self, tmp_path: Path, authority: pki.Authority) -> None:
        """A certificate that was pasted into a note is found, too."""
        text = "控え\n".encode() * 100 + authority.issue("12345678901234 user").pem
        (tmp_path / "note.txt").write_bytes(text)
        assert list(rows(tmp_path)) == ["note.txt"]

    @pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
    def test_the_certificates_of_a_message(
        self, tmp_path: Path, authority: pki.Authority, encoding: Encoding
    ) -> None:
        """A .p7b is how Windows exports a certificate with its chain."""
        issued = [authority.issue(f"1234567890123{n} user").certificate for n in range(2)]
        (tmp_path / "a.p7b").write_bytes(pkcs7.serialize_certificates(issued, encoding))
        found = {one.certificate.der for one in read(tmp_path).installed}
        assert found == {one.public_bytes(Encoding.DER) for one in issued}

    def test_damaged_inside(self, tmp_path: Path, authority: pki.Authority) -> None:
        """A certificate that is cut off is shown, with what cannot be read named."""
        issued = authority.issue("12345678901234 user")
        (tmp_path / "a.cer").write_bytes(issued.der[:-40])
        body = base64.encodebytes(issued.der[:-80])
        block = b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n"
        (tmp_path / "b.pem").write_bytes(block)
        found = rows(tmp_path)
        assert set(found) == {"a.cer", "b.pem"}
        assert all("der" in one.certificate.unread_fields for one in found.values())

    def test_other_files_are_left_alone(self, tmp_path: Path, authority: pki.Authority) -> None:
        """Requests, lists of revoked certificates, public keys, photographs: nobody asked."""
        issued = authority.issue("12345678901234 user")
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        signed = request.sign(issued.key, hashes.SHA256())
        (tmp_path / "request.pem").write_bytes(signed.public_bytes(Encoding.PEM))
        (tmp_path / "request.der").write_bytes(signed.public_bytes(Encoding.DER))
        public = issued.key.public_key().public_bytes(
            Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (tmp_path / "public.der").write_bytes(public)
        (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8" * 1000)
        (tmp_path / "empty").write_bytes(b"")
        (tmp_path / "Presentation.key").write_bytes(b"PK\x03\x04" * 1000)
        found = read(tmp_path)
        assert (found.installed, found.locked_entries) == ((), ())

    @only_on_linux  # links that any user may make
    def test_a_file_with_several_names(self, tmp_path: Path, authority: pki.Authority) -> None:
        """As in /etc/ssl/certs, where each is linked to by its hash, too: it is one row."""
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "certs").mkdir()
        one, two = (authority.issue(f"1234567890123{n} user") for n in range(2))
        (tmp_path / "certs" / "one.pem").write_bytes(one.pem)
        (tmp_path / "elsewhere" / "two.crt").write_bytes(two.pem)
        (tmp_path / "certs" / "two.pem").symlink_to("../elsewhere/two.crt")
        (tmp_path / "certs" / "12345678.0").symlink_to("one.pem")
        (tmp_path / "certs" / "87654321.0").symlink_to("two.pem")
        assert list(rows(tmp_path / "certs")) == ["one.pem", "two.pem"]


class TestBroken:
    def test_a_broken_block_takes_no_neighbour_with_it(
        self, tmp_path: Path, authority: pki.Authority
    ) -> None:
        """The file is named with the block and its line; all others of it are rows."""
        whole = [authority.issue(f"1234567890123{n} user") for n in range(4)]
        cut = whole[0].pem.splitlines(keepends=True)
        text = b"".join(
            [
                whole[1].pem,
                *cut[:3],  # no last line
                whole[2].pem,
                cut[0] + b"!!!\n" + cut[-1],  # no base64
                cut[0] + b"AAAA\n" + cut[-1],  # no DER
                cut[0] + cut[1] + b"-----END PRIVATE KEY-----\n",  # another last line
                whole[3].pem,
                *cut[:2],  # the end of the file
            ]
        )
        (tmp_path / "a.pem").write_bytes(text)
        found = read(tmp_path)
        assert [one.certificate.sha256 for one in found.installed] == [
            one.sha256 for one in whole[1:]
        ]
        [entry] = found.locked_entries
        assert (entry.where, entry.reason) == (str(tmp_path / "a.pem"), "file-unreadable")
        lines = [
            number
            for number, line in enumerate(text.splitlines(), 1)
            if line.startswith(b"-----BEGIN")
        ]
        broken = [lines[1], *lines[3:6], lines[7]]
        assert entry.detail == ", ".join(
            f"{n}行目からの CERTIFICATE が壊れています" for n in broken
        )

    def test_a_broken_key_is_told(self, tmp_path: Path, authority: pki.Authority) -> None:
        """A key that cannot be decoded is why its certificate has none."""
        issued = authority.issue("12345678901234 user")
        key = issued.key_pem.replace(b"M", b"N")
        (tmp_path / "a.pem").write_bytes(issued.pem + key)
        found = read(tmp_path)
        assert [one.key for one in found.installed] == [KeyState.ABSENT]
        assert "PRIVATE KEY" in found.locked_entries[0].detail

    @pytest.mark.parametrize("name", ["a.pem", "a.cer", "a.p7b"])
    @pytest.mark.parametrize("content", [b"", b"garbage", b"\x30\x82", b"\x30\x80\x00\x00"])
    def test_garbage_under_a_name_of_ours(self, tmp_path: Path, name: str, content: bytes) -> None:
        """Who expects a certificate there is told that there is none, or is shown a damaged one."""
        (tmp_path / name).write_bytes(content)
        found = read(tmp_path)
        told = [entry.reason for entry in found.locked_entries]
        assert told == ["no-certificate-inside"] or len(found.installed) == 1

    @only_on_linux  # pipes and links
    def test_nothing_is_waited_for(self, tmp_path: Path, authority: pki.Authority) -> None:
        """Pipes, devices, endless and circular things are named, and the rest is read."""
        issued = authority.issue("12345678901234 user")
        (tmp_path / "good.pem").write_bytes(issued.pem + issued.key_pem)
        make_pipe(tmp_path / "pipe.pem")
        make_pipe(tmp_path / "pipe")
        (tmp_path / "zero.pem").symlink_to("/dev/zero")
        (tmp_path / "loop.pem").symlink_to("loop.pem")
        (tmp_path / "gone.pem").symlink_to("nowhere")
        (tmp_path / "self").symlink_to(tmp_path)
        (tmp_path / "folder.pem").mkdir()
        with (tmp_path / "huge.pem").open("wb") as huge:
            huge.truncate(files_folder.LARGEST + 1)
        with (tmp_path / "huge").open("wb") as huge:
            huge.truncate(files_folder.LARGEST_UNUSUAL + 1)
        found = read(tmp_path)
        assert {one.label: one.key for one in found.installed} == {"good.pem": KeyState.PRESENT}
        assert {entry.label: entry.reason for entry in found.locked_entries} == dict.fromkeys(
            ("pipe.pem", "zero.pem", "loop.pem", "gone.pem", "huge.pem"), "file-unreadable"
        )
        assert "2個" in found.detail

    @only_on_linux
    @pytest.mark.parametrize("named", ["/dev/zero", "/dev/null", "pipe"])
    def test_a_named_device_is_refused(self, tmp_path: Path, named: str) -> None:
        """It says so, and comes back."""
        make_pipe(tmp_path / "pipe")
        [entry] = read(tmp_path / named).locked_entries
        assert (entry.reason, entry.detail) == ("file-unreadable", "not a file")

    def test_no_permission(
        self, tmp_path: Path, authority: pki.Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file that may not be read is named; a folder says why it shows nothing.

        The system's answer is played: root may read everything.
        """
        (tmp_path / "a.pem").write_bytes(authority.issue("a").pem)
        (tmp_path / "b.pem").write_bytes(authority.issue("b").pem)
        open_file = os.open

        def refusing(path: str, flags: int) -> int:
            if path.endswith("a.pem"):
                raise PermissionError(13, "Permission denied", path)
            return open_file(path, flags)

        def refused(path: Path) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        with monkeypatch.context() as played:
            played.setattr(os, "open", refusing)
            found = read(tmp_path)
        assert [one.label for one in found.installed] == ["b.pem"]
        [entry] = found.locked_entries
        assert (entry.label, entry.reason) == ("a.pem", "file-unreadable")
        assert "Permission denied" in entry.detail
        with monkeypatch.context() as played:
            played.setattr(os, "scandir", refused)
            found = read(tmp_path)
            alone = read(tmp_path / "b.pem")
        assert (found.status, found.reason) == (StoreStatus.FAILED, "file-unreadable")
        assert len(alone.installed) == 1

    def test_gone(self, tmp_path: Path) -> None:
        """A drive that was pulled after the list was made."""
        found = read(tmp_path / "none")
        assert (found.status, found.reason) == (StoreStatus.UNAVAILABLE, "store-not-found")

    def test_many_beginnings_take_no_time(self) -> None:
        """A file made to be slow is read in one pass: the searches do not start again."""
        octets = bytearray(b"-----BEGIN CERTIFICATE-----\n" * 200_000 + b"-----END X-----")
        assert [one.line for one in files_blocks.content_of(octets).broken] == list(range(1, 11))


class TestWhateverOctets:
    """Strangers' files: nothing is raised, nothing takes long, and what is whole is found."""

    @given(
        pieces=st.lists(
            st.one_of(
                st.binary(max_size=60),
                st.sampled_from(
                    [
                        b"-----BEGIN CERTIFICATE-----\n",
                        b"-----END CERTIFICATE-----\n",
                        b"-----BEGIN PRIVATE KEY-----",
                        b"-----END ",
                        b"-----",
                        b"MIIB",
                        b"Proc-Type: 4,ENCRYPTED\n\n",
                        b"\x30\x82\x01",
                        b"\x30\x80",
                        b"\x02\x01\x03",
                        b"\xa0\x03",
                        b"\xff\xfe",
                    ]
                ),
            ),
            max_size=12,
        ),
        is_certificate_file=st.booleans(),
    )
    def test_nothing_is_raised(self, pieces: list[bytes], is_certificate_file: bool) -> None:
        """Pieces of what we know, in any order, and cut anywhere."""
        octets = files_blocks.normalized(bytearray(b"".join(pieces)))
        content = files_blocks.content_of(octets, is_certificate_file)
        for der in content.certificates:
            assert Certificate(der).facts
        assert all(0 <= key.start < key.stop <= len(octets) for key in content.keys)

    @given(before=st.binary(max_size=200), after=st.binary(max_size=200))
    def test_what_is_whole_is_found(self, before: bytes, after: bytes) -> None:
        """Whatever stands around it that is no PEM itself."""
        assume(b"-----" not in before + after)
        octets = bytearray(before + b"\n" + ONE.pem + after)
        assert ONE.der in files_blocks.content_of(octets).certificates

    @given(cut=st.integers(min_value=0, max_value=2000), flip=st.integers(min_value=0))
    def test_der_that_is_damaged(self, cut: int, flip: int) -> None:
        """A certificate's file that is cut off, or with a wrong octet, is shown or told."""
        octets = bytearray(ONE.der)
        octets[flip % len(octets)] ^= 1 << flip % 8
        content = files_blocks.content_of(octets[:cut], is_certificate_file=True)
        for der in content.certificates:
            assert Certificate(der).facts


KEY_FORMS = [
    (PrivateFormat.PKCS8, Encoding.PEM),
    (PrivateFormat.PKCS8, Encoding.DER),
    (PrivateFormat.TraditionalOpenSSL, Encoding.PEM),
    (PrivateFormat.TraditionalOpenSSL, Encoding.DER),
]


class TestKeys:
    @pytest.mark.parametrize("kind", ["ec", "rsa"])
    @pytest.mark.parametrize(("form", "encoding"), KEY_FORMS)
    def test_a_key_is_found_by_its_public_key(
        self,
        tmp_path: Path,
        authority: pki.Authority,
        kind: str,
        form: PrivateFormat,
        encoding: Encoding,
    ) -> None:
        """Whatever the file is called; only its own certificate has it."""
        mine = authority.issue("12345678901234 mine", key=kind)  # type: ignore[arg-type]
        (tmp_path / "mine.pem").write_bytes(mine.pem)
        (tmp_path / "other.pem").write_bytes(authority.issue("12345678901234 other").pem)
        (tmp_path / "x").write_bytes(make_key(mine, form, encoding))
        expected = {"mine.pem": KeyState.PRESENT, "other.pem": KeyState.ABSENT}
        assert key_states(tmp_path) == expected
        assert key_states(tmp_path / "mine.pem") == {"mine.pem": KeyState.PRESENT}
        with open_identity(tmp_path, mine.sha256) as opened:
            assert bytes(opened.key) == mine.key_der

    def test_a_key_in_the_same_file(self, tmp_path: Path, authority: pki.Authority) -> None:
        """Certificate, chain and key in one PEM: the key is the first one's."""
        issued = authority.issue("12345678901234 user")
        chain = b"".join(one.public_bytes(Encoding.PEM) for one in issued.chain)
        (tmp_path / "all.pem").write_bytes(issued.key_pem + issued.pem + chain)
        found = read(tmp_path / "all.pem").installed
        assert [one.key for one in found] == [KeyState.PRESENT, KeyState.ABSENT]

    @pytest.mark.parametrize(
        "names",
        [
            ("user01.pem", "user01.key"),
            ("user01.crt", "user01-key.pem"),
            ("cert.pem", "privkey.pem"),
            ("User01.cer", "user01.pem.key"),
            ("利用者.cer", "利用者_秘密.key"),  # the only two
            ("all.pem", "all.pem"),
        ],
    )
    def test_an_encrypted_key_that_may_be_the_one(
        self, tmp_path: Path, authority: pki.Authority, names: tuple[str, str]
    ) -> None:
        """In the same file, of the same name, or what is left over: its passphrase is needed."""
        issued = authority.issue("12345678901234 user")
        for name, octets in zip(names, (issued.pem, encrypted(issued)), strict=True):
            with (tmp_path / name).open("ab") as file:
                file.write(octets)
        for path in (tmp_path, tmp_path / names[0]):
            [found] = read(path).installed
            assert (found.key, found.key_needs_user) == (KeyState.NEEDS_USER, True)
        with pytest.raises(FilesError) as caught:
            open_identity(tmp_path, issued.sha256)
        assert caught.value.code == "key-passphrase-needed"
        assert caught.value.facts["where"] == str(tmp_path / names[1])
        with (
            Secret.from_characters(PASSPHRASE) as secret,
            open_identity(tmp_path / names[0], issued.sha256, secret) as opened,
        ):
            assert (opened.certificate, bytes(opened.key)) == (issued.der, issued.key_der)

    def test_a_key_alone(self, tmp_path: Path, authority: pki.Authority) -> None:
        """Whoever names the key's file is told that no certificate is in it."""
        (tmp_path / "a.key").write_bytes(authority.issue("12345678901234 user").key_pem)
        [entry] = read(tmp_path / "a.key").locked_entries
        assert entry.reason == "no-certificate-inside"
        assert read(tmp_path).locked_entries == ()

    def test_an_encrypted_key_of_nobody(self, tmp_path: Path, authority: pki.Authority) -> None:
        """With two certificates that it might belong to, nothing is promised."""
        first, second = (authority.issue(f"1234567890123{n} user") for n in range(2))
        (tmp_path / "first.pem").write_bytes(first.pem)
        (tmp_path / "second.pem").write_bytes(second.pem)
        (tmp_path / "office.key").write_bytes(encrypted(first))
        assert set(key_states(tmp_path).values()) == {KeyState.ABSENT}
        (tmp_path / "second.key").write_bytes(second.key_pem)
        assert key_states(tmp_path)["first.pem"] is KeyState.NEEDS_USER

    def test_copies_of_a_certificate(self, tmp_path: Path, authority: pki.Authority) -> None:
        """Each of them has the key that one of them is named like."""
        issued = authority.issue("12345678901234 user")
        for name in ("a copy.pem", "user.pem", "z.crt"):
            (tmp_path / name).write_bytes(issued.pem)
        (tmp_path / "user.key").write_bytes(encrypted(issued))
        assert set(key_states(tmp_path).values()) == {KeyState.NEEDS_USER}
        for path in (tmp_path, tmp_path / "a copy.pem"):
            with (
                Secret.from_characters(PASSPHRASE) as secret,
                open_identity(path, issued.sha256, secret) as opened,
            ):
                assert bytes(opened.key) == issued.key_der

    @pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
    def test_the_wrong_passphrase(
        self, tmp_path: Path, authority: pki.Authority, form: PrivateFormat
    ) -> None:
        """It is said, with the key's file; the right one opens."""
        issued = authority.issue("12345678901234 user", key="rsa")
        (tmp_path / "a.pem").write_bytes(issued.pem + encrypted(issued, form))
        for wrong in ("falsch", ""):
            with (
                Secret.from_characters(wrong) as secret,
                pytest.raises(FilesError) as caught,
            ):
                open_identity(tmp_path, issued.sha256, secret)
            assert caught.value.code == "key-passphrase-wrong"
        with (
            Secret.from_characters(PASSPHRASE) as secret,
            open_identity(tmp_path, issued.sha256, secret) as opened,
        ):
            assert bytes(opened.key) == issued.key_der

    def test_the_key_of_another(self, tmp_path: Path, authority: pki.Authority) -> None:
        """A file of the right name with another certificate's key opens nothing."""
        issued, other = (authority.issue(f"1234567890123{n} user") for n in range(2))
        (tmp_path / "a.pem").write_bytes(issued.pem)
        (tmp_path / "a.key").write_bytes(encrypted(other))
        with Secret.from_characters(PASSPHRASE) as secret, pytest.raises(FilesError) as caught:
            open_identity(tmp_path, issued.sha256, secret)
        assert caught.value.code == "files-with-another-key"

    def test_nothing_to_log_on_with(self, tmp_path: Path, authority: pki.Authority) -> None:
        """No key, no such certificate, no such folder: each has its own words."""
        issued = authority.issue("12345678901234 user")
        (tmp_path / "a.pem").write_bytes(issued.pem)
        for path, sha256, code in (
            (tmp_path, issued.sha256, "files-without-key"),
            (tmp_path, "0" * 64, "files-without-certificate"),
            (tmp_path / "none", issued.sha256, "file-unreadable"),
        ):
            with pytest.raises(FilesError) as caught:
                open_identity(path, sha256)
            assert caught.value.code == code
            assert failures.told(caught.value, "ja").sentence()

    def test_the_chain_goes_along(self, tmp_path: Path) -> None:
        """The issuers that lie in the folder, the nearest first, and nobody else's."""
        root = pki.Authority([("CN", "root")])
        between = pki.Authority([("CN", "between")], issuer=root)
        issued = between.issue("12345678901234 user")
        (tmp_path / "user.pem").write_bytes(issued.pem + issued.key_pem)
        others = [*reversed(issued.chain), pki.Authority().issue("x").certificate]
        for number, certificate in enumerate(others):
            (tmp_path / f"{number}.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
        with open_identity(tmp_path / "user.pem", issued.sha256) as opened:
            assert list(opened.chain) == [one.public_bytes(Encoding.DER) for one in issued.chain]

    def test_the_key_is_overwritten(self, tmp_path: Path, authority: pki.Authority) -> None:
        """When the log-on is done nothing of it is left in what was handed out."""
        issued = authority.issue("12345678901234 user")
        (tmp_path / "a.pem").write_bytes(issued.pem + issued.key_pem)
        with open_identity(tmp_path, issued.sha256) as opened:
            key = opened.key
            assert any(key)
            assert "key" not in repr(opened)
        assert not any(key)

    def test_what_was_read_is_overwritten(
        self, tmp_path: Path, authority: pki.Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A list keeps no key: the octets of every file with one are overwritten."""
        issued = authority.issue("12345678901234 user")
        (tmp_path / "a.pem").write_bytes(issued.pem + issued.key_pem)
        (tmp_path / "b.pem").write_bytes(encrypted(issued))
        (tmp_path / "c.der").write_bytes(issued.key_der)
        text = issued.key_pem.decode().encode("utf-16")
        (tmp_path / "d.pem").write_bytes(text)
        seen: list[bytearray] = []
        octets_of = files_folder.octets_of

        def watched(path: str, *, is_named: bool) -> bytearray:
            seen.append(octets_of(path, is_named=is_named))
            return seen[-1]

        monkeypatch.setattr(files_folder, "octets_of", watched)
        (tmp_path / "e.pem").write_bytes(issued.key_pem[:-30])
        (tmp_path / "f.key").write_bytes(issued.key_der[:-3])
        assert len(read(tmp_path).installed) == 1
        assert len(seen) == 6
        assert not any(map(any, seen))

    def test_the_same_key_written_otherwise(self, tmp_path: Path, authority: pki.Authority) -> None:
        """A certificate with a compressed point has the same key."""
        issued = authority.issue("12345678901234 user")
        point = issued.key.public_key().public_bytes(
            Encoding.X962, serialization.PublicFormat.CompressedPoint
        )
        whole = issued.key.public_key().public_bytes(
            Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        # Shorter by 32 octets in each of the four lengths around it.
        assert whole in issued.der
        compressed = Certificate(issued.der).der.replace(
            b"\x03\x42\x00" + whole, b"\x03\x22\x00" + point
        )
        public = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107")
        compressed = compressed.replace(public, b"\x30\x39" + public[2:])
        compressed = shortened(compressed, 32)
        (tmp_path / "a.cer").write_bytes(compressed)
        (tmp_path / "a.key").write_bytes(issued.key_pem)
        [found] = read(tmp_path).installed
        assert found.certificate.unread_fields == ()
        assert found.key is KeyState.PRESENT


def shortened(der: bytes, by: int) -> bytes:
    """Correct the two outer lengths (of two octets each) of a certificate."""
    outer = int.from_bytes(der[2:4], "big") - by
    inner = int.from_bytes(der[6:8], "big") - by
    return der[:2] + outer.to_bytes(2, "big") + der[4:6] + inner.to_bytes(2, "big") + der[8:]


class TestWatching:
    """A change is seen by the names and dates of the folder, without reading a file."""

    @pytest.mark.parametrize("name", ["b.pem", "b.key", "note.txt", "b"])
    def test_what_comes_and_goes(self, tmp_path: Path, authority: pki.Authority, name: str) -> None:
        """A certificate, or a key beside a file that is a store of its own; and gone again."""
        issued = authority.issue("12345678901234 user")
        (tmp_path / "a.pem").write_bytes(issued.pem)
        for store in (FilesStore(tmp_path), FilesStore(tmp_path / "a.pem")):
            before = look(store)
            assert store.read().installed
            assert look(store) == before
            (tmp_path / name).write_bytes(issued.key_pem)
            assert look(store) != before
            (tmp_path / name).unlink()
            assert look(store) == before

    def test_what_is_written_over(self, tmp_path: Path, authority: pki.Authority) -> None:
        """The same name with another content."""
        (tmp_path / "a.pem").write_bytes(authority.issue("12345678901234 user").pem)
        before = look(FilesStore(tmp_path))
        (tmp_path / "a.pem").write_bytes(authority.issue("12345678901234 another user").pem)
        assert look(FilesStore(tmp_path)) != before

    def test_what_nobody_reads(self, tmp_path: Path, authority: pki.Authority) -> None:
        """A download that grows in the same folder is no change of the certificates."""
        (tmp_path / "a.pem").write_bytes(authority.issue("12345678901234 user").pem)
        with (tmp_path / "film.part").open("wb") as film:
            film.truncate(files_folder.LARGEST_UNUSUAL + 1)
            before = look(FilesStore(tmp_path))
            film.truncate(files_folder.LARGEST_UNUSUAL + 2)
        assert look(FilesStore(tmp_path)) == before

    def test_a_drive_that_is_pulled(self, tmp_path: Path, authority: pki.Authority) -> None:
        """The folder itself is gone, and back."""
        folder = tmp_path / "drive"
        folder.mkdir()
        (folder / "a.pem").write_bytes(authority.issue("12345678901234 user").pem)
        before = look(FilesStore(folder))
        folder.rename(tmp_path / "elsewhere")
        assert look(FilesStore(folder)) != before
        (tmp_path / "elsewhere").rename(folder)
        assert look(FilesStore(folder)) == before


def test_no_cryptography_without_a_key(tmp_path: Path, authority: pki.Authority) -> None:
    """A list of certificates alone does not load what it does not need."""
    (tmp_path / "a.pem").write_bytes(authority.issue("12345678901234 user").pem)
    code = (
        "import sys; from pathlib import Path; from certhelper.stores.files import FilesStore;"
        f"assert FilesStore(Path({str(tmp_path)!r})).read().installed;"
        "sys.exit('cryptography' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
