"""Looks into the files of a folder: certificates, public keys of keys, and what is broken.

Keys are overwritten as soon as their public key is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from certhelper import certificate_reader
from certhelper.certificate import Certificate
from certhelper.safe_text import safe
from certhelper.stores import files_blocks, files_folder
from certhelper.stores.files_blocks import BrokenBlock, Content, KeyPlace
from certhelper.stores.files_folder import Folder, UnreadableError


class LookedInto(NamedTuple):
    """What a file holds; ``public_keys`` are of the keys in it that are not encrypted.

    ``is_shown`` says that its certificates are rows: of a store that is one file, the others of
    the folder are only searched for keys and issuers.
    """

    path: str
    is_shown: bool
    certificates: Sequence[Certificate] = ()
    public_keys: Sequence[bytes] = ()
    encrypted_keys: int = 0
    broken: Sequence[BrokenBlock] = ()
    trouble: str | None = None
    is_empty: bool = False


def gathered(path: Path) -> tuple[Folder, list[LookedInto]]:
    """Look into every file that matters for the file or folder ``path``.

    Of a store that is one file these are the folder's others, too: a key may be there.  Raises
    ``OSError``, ``ValueError``.
    """
    if path.is_dir():
        folder = files_folder.listed(path)
        return folder, [_looked_into(one, is_shown=True) for one in _paths(path, folder.names)]
    path.lstat()
    own = _looked_into(str(path), is_shown=True, is_named=True)
    try:
        others = files_folder.listed(path.parent).names
    except (OSError, ValueError):
        others = ()  # a folder that may be passed through and not listed
    beside = _paths(path.parent, [name for name in others if name != path.name])
    return Folder(()), [own, *(_looked_into(one, is_shown=False) for one in beside)]


def _paths(folder: Path, names: Sequence[str]) -> list[str]:
    """Return texts: to make a thousand :class:`Path` takes as long as to read their files."""
    start = str(folder / "x")[:-1]
    return [start + name for name in names]


def _looked_into(path: str, *, is_shown: bool, is_named: bool = False) -> LookedInto:
    try:
        octets = files_folder.octets_of(path, is_named=is_named)
    except UnreadableError as error:
        is_told = is_named or files_folder.is_usual(path)
        return LookedInto(path, is_shown, trouble=safe(error.detail) if is_told else None)
    is_expected = is_named or files_folder.is_certificate_name(path)
    content = files_blocks.content_of(octets, is_expected)
    certificates = [Certificate(der) for der in content.certificates]
    public_keys: Sequence[bytes] = ()
    broken: Sequence[BrokenBlock] = content.broken
    if content.keys:
        public_keys, broken = _public_keys(octets, content)
    if content.keys or broken or not certificates:
        files_folder.wipe(octets)  # what is broken may be a key as well
    is_odd = content.is_pkcs12 or not content.is_known
    return LookedInto(
        path,
        is_shown,
        certificates,
        public_keys,
        sum(place.is_encrypted for place in content.keys),
        broken,
        is_empty=(is_named or (is_expected and is_odd)) and not certificates and not broken,
    )


def _public_keys(octets: bytearray, content: Content) -> tuple[list[bytes], list[BrokenBlock]]:
    """Return the public keys of what is not encrypted, and all that is broken."""
    found: list[bytes] = []
    broken = list(content.broken)
    for place in content.keys:
        if not place.is_encrypted:
            _take_public_key(octets, place, found, broken)
    return found, broken


def _take_public_key(
    octets: bytearray, place: KeyPlace, found: list[bytes], broken: list[BrokenBlock]
) -> None:
    from certhelper.stores import files_keys

    try:
        found.append(files_keys.public_key_of(octets, place))
    except files_keys.KeyUnreadableError as error:
        line = files_blocks.line_of(octets, place.start)
        is_too_large = isinstance(error, files_keys.KeyTooLargeError)
        broken.append(BrokenBlock("PRIVATE KEY", line, is_too_large))


def with_key(files: Sequence[LookedInto]) -> frozenset[Certificate]:
    """Return the certificates whose key lies in the folder, not encrypted."""
    keys = {one for file in files for one in file.public_keys}
    if not keys:
        return frozenset()
    from certhelper.stores.files_keys import usual_form

    found: set[Certificate] = set()
    for certificate in {one for file in files for one in file.certificates}:
        own = certificate_reader.public_key_octets(certificate.der)
        if own is not None and (own in keys or usual_form(own) in keys):
            found.add(certificate)
    return frozenset(found)


def behind_passphrase(
    files: Sequence[LookedInto], keyed: frozenset[Certificate]
) -> dict[tuple[str, Certificate], str]:
    """Return the encrypted key's file that may be a certificate's, for each that has one.

    A certificate is told by its file and itself; ``keyed`` is what :func:`with_key` found.
    """
    if not any(one.encrypted_keys for one in files):
        return {}
    from certhelper.stores import files_pairing

    facts = [
        files_pairing.FileFacts(one.path, one.certificates, one.encrypted_keys) for one in files
    ]
    return files_pairing.encrypted_keys_of(facts, keyed)
