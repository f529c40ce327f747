"""Which encrypted key file a certificate's key may be in, when only the passphrase would tell.

An encrypted key says nothing of its certificate.  These count as a certificate's, the nearest
first: one in the same file; one in a file of the same name but for its ending (``user01.pem`` with
``user01.key``, ``user01-key.pem``); and, where one certificate and one encrypted key of the folder
are left over, that one.  A copy of the certificate in another file of the folder has the same.  A
CA's certificate that came along has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from certhelper.certificate import Certificate

# ``privkey.pem`` beside ``cert.pem`` and ``fullchain.pem``: without these words all are alike.
_ENDINGS: Final = re.compile(
    r"(?:[-_. ]?(?:key|cert(?:ificate)?|crt|cer|der|pem|p8|pk8|priv(?:ate)?(?:[-_]?key)?"
    r"|client|full[-_]?chain|chain))+$",
    re.IGNORECASE,
)


class FileFacts(NamedTuple):
    """What a file holds, as far as pairing needs it."""

    path: str
    certificates: Sequence[Certificate]
    encrypted_keys: int


Slot = tuple[str, Certificate]
"""A certificate in a file."""


def encrypted_keys_of(
    files: Sequence[FileFacts], with_key: Iterable[Certificate]
) -> dict[Slot, str]:
    """Return the file of the encrypted key that may be a certificate's, for each that has one.

    ``with_key`` are the certificates whose key is known already.
    """
    settled = set(with_key)
    keys = [file.path for file in files if file.encrypted_keys]
    if not keys:
        return {}
    open_slots = [
        (file.path, certificate)
        for file in files
        for certificate in _leaves(file.certificates)
        if certificate not in settled
    ]
    stems: dict[str, list[str]] = {}
    for path in keys:
        stems.setdefault(stem(path), []).append(path)
    found: dict[Slot, str] = {}
    for slot in open_slots:
        if slot[0] in keys:
            found[slot] = slot[0]
        elif named := stems.get(stem(slot[0])):
            found[slot] = named[0]
    found |= _left_over(open_slots, keys, found)
    known = {certificate: path for (_, certificate), path in found.items()}
    copies = ((slot, known.get(slot[1])) for slot in open_slots if slot not in found)
    return found | {slot: path for slot, path in copies if path is not None}


def _left_over(
    open_slots: Sequence[Slot], keys: Sequence[str], found: dict[Slot, str]
) -> dict[Slot, str]:
    paired = {certificate for _, certificate in found}
    slots = [slot for slot in open_slots if slot[1] not in paired]
    left = [path for path in keys if path not in found.values()]
    if len(left) != 1 or len({certificate for _, certificate in slots}) != 1:
        return {}
    return dict.fromkeys(slots, left[0])


def stem(path: str) -> str:
    """Return a file's name without what says of which kind it is."""
    return _ENDINGS.sub("", Path(path).name).casefold()


def _leaves(certificates: Sequence[Certificate]) -> Sequence[Certificate]:
    """Return those that no other of the same file names as its issuer."""
    if len(certificates) < 2:
        return certificates
    issuers = [one.issuer_der for one in certificates]
    return [
        one
        for number, one in enumerate(certificates)
        if one.subject_der is None
        or one.subject_der not in [*issuers[:number], *issuers[number + 1 :]]
    ]
