"""What Windows' codes say of a key: there, asking the person, unusable, or not to be told.

The codes are those of ``winerror.h``; learn.microsoft.com, "COM Error Codes (Security and Setup)".
Each cause is a sentence in ``[key-causes]`` of ``resources/texts/reasons.toml``.  A code that is
not known here leaves the key ``unknown``: a log-on may be tried.
"""

from __future__ import annotations

from certhelper.safe_text import safe
from certhelper.stores.base import KeyDetails, KeyState, KeyTrouble
from certhelper.windows.advapi32 import AT_KEYEXCHANGE, AT_SIGNATURE, CRYPT_MACHINE_KEYSET
from certhelper.windows.certificate_store import KeyPlace
from certhelper.windows.crypt32 import CRYPT_E_NO_KEY_PROPERTY
from certhelper.windows.private_keys import Hardware, KeyFinding

_CAUSES: dict[KeyState, dict[str, tuple[int, ...]]] = {
    KeyState.NEEDS_USER: {
        "asks": (
            0x80090022,  # NTE_SILENT_CONTEXT
            0x8009002E,  # NTE_UI_REQUIRED
            0x80090033,  # NTE_INCORRECT_PASSWORD
            0x80090036,  # NTE_USER_CANCELLED
            0x80090037,  # NTE_PASSWORD_CHANGE_REQUIRED
        ),
        "card-pin": (
            0x8010006A,  # SCARD_W_SECURITY_VIOLATION
            0x8010006B,  # SCARD_W_WRONG_CHV
            0x8010006E,  # SCARD_W_CANCELLED_BY_USER
            0x8010006F,  # SCARD_W_CARD_NOT_AUTHENTICATED
        ),
        "card-missing": (
            0x80090030,  # NTE_DEVICE_NOT_READY
            0x80090035,  # NTE_DEVICE_NOT_FOUND
            0x80100009,  # SCARD_E_UNKNOWN_READER
            0x8010000C,  # SCARD_E_NO_SMARTCARD
            0x80100010,  # SCARD_E_NOT_READY
            0x80100017,  # SCARD_E_READER_UNAVAILABLE
            0x8010001D,  # SCARD_E_NO_SERVICE: it runs while a reader is connected
            0x8010001E,  # SCARD_E_SERVICE_STOPPED
            0x8010002E,  # SCARD_E_NO_READERS_AVAILABLE
            0x80100066,  # SCARD_W_UNRESPONSIVE_CARD: put in the wrong way round
            0x80100067,  # SCARD_W_UNPOWERED_CARD
            0x80100069,  # SCARD_W_REMOVED_CARD
        ),
        "card-other": (
            0x8010000D,  # SCARD_E_UNKNOWN_CARD
            0x8010002C,  # SCARD_E_NO_SUCH_CERTIFICATE
            0x80100030,  # SCARD_E_NO_KEY_CONTAINER
        ),
    },
    KeyState.UNUSABLE: {
        "undecipherable": (
            0x8009000B,  # NTE_BAD_KEY_STATE
            0x8009002C,  # NTE_DECRYPTION_FAILURE
        ),
        "container-missing": (
            2,  # ERROR_FILE_NOT_FOUND
            0x80070002,
            0x8009000D,  # NTE_NO_KEY
            0x80090011,  # NTE_NOT_FOUND
            0x80090016,  # NTE_BAD_KEYSET: it may also be there and not be the person's
            CRYPT_E_NO_KEY_PROPERTY,
        ),
        "access-denied": (
            5,  # ERROR_ACCESS_DENIED
            0x80070005,  # E_ACCESSDENIED
            0x80090010,  # NTE_PERM
        ),
        "container-damaged": (
            13,  # ERROR_INVALID_DATA
            0x8007000D,
            0x80090003,  # NTE_BAD_KEY
            0x80090005,  # NTE_BAD_DATA
            0x8009001A,  # NTE_KEYSET_ENTRY_BAD
        ),
        "temporary-profile": (0x80090024,),  # NTE_TEMPORARY_PROFILE
        "other-key": (0x80090015,),  # NTE_BAD_PUBLIC_KEY
        "provider-missing": (
            0x8007007E,  # ERROR_MOD_NOT_FOUND
            126,
            0x80090013,  # NTE_BAD_PROVIDER
            0x80090014,  # NTE_BAD_PROV_TYPE
            0x80090017,  # NTE_PROV_TYPE_NOT_DEF
            0x80090018,  # NTE_PROV_TYPE_ENTRY_BAD
            0x80090019,  # NTE_KEYSET_NOT_DEF: CryptAcquireContext says so of the provider
            0x8009001B,  # NTE_PROV_TYPE_NO_MATCH
            0x8009001C,  # NTE_SIGNATURE_FILE_BAD
            0x8009001D,  # NTE_PROVIDER_DLL_FAIL
            0x8009001E,  # NTE_PROV_DLL_NOT_FOUND
            0x8010001C,  # SCARD_E_CARD_UNSUPPORTED
            0x80100065,  # SCARD_W_UNSUPPORTED_CARD
        ),
        "card-blocked": (0x8010006C,),  # SCARD_W_CHV_BLOCKED
    },
    KeyState.UNKNOWN: {
        "card-busy": (
            0x8010000A,  # SCARD_E_TIMEOUT
            0x8010000B,  # SCARD_E_SHARING_VIOLATION
            0x80100068,  # SCARD_W_RESET_CARD
        ),
    },
}

_MEANINGS = {
    code: (state, cause)
    for state, causes in _CAUSES.items()
    for cause, codes in causes.items()
    for code in codes
}

_KEY_SPECS = {AT_KEYEXCHANGE: "AT_KEYEXCHANGE", AT_SIGNATURE: "AT_SIGNATURE"}


def state_of(
    outcome: KeyFinding | KeyTrouble, place: KeyPlace | None
) -> tuple[KeyState, KeyTrouble | None]:
    """Return the state, and why it is not simply ``present`` or ``absent``.

    Only a certificate that names no key has none: one that names a key lost it.
    """
    if isinstance(outcome, KeyTrouble):
        return KeyState.UNKNOWN, outcome
    if outcome.code == CRYPT_E_NO_KEY_PROPERTY and place is None:
        return KeyState.ABSENT, None
    if outcome.code:
        state, cause = _MEANINGS.get(outcome.code, (KeyState.UNKNOWN, "other"))
        if cause == "container-missing" and outcome.hardware is Hardware.SMART_CARD:
            state, cause = KeyState.NEEDS_USER, "card-other"
        return state, KeyTrouble(cause, f"0x{outcome.code:08X}")
    if outcome.asks_person:
        return KeyState.NEEDS_USER, KeyTrouble("asks")
    if outcome.hardware is Hardware.SMART_CARD:
        return KeyState.NEEDS_USER, KeyTrouble("card-pin")
    return KeyState.PRESENT, None


def details_of(place: KeyPlace, outcome: KeyFinding | KeyTrouble) -> KeyDetails:
    """Return the facts of a key that a certificate names, whether it can be used or not."""
    finding = outcome if isinstance(outcome, KeyFinding) else KeyFinding()
    return KeyDetails(
        container=safe(place.container),
        key_spec=_KEY_SPECS.get(place.key_spec, str(place.key_spec) if place.key_spec else None),
        interface=finding.interface,
        hardware=finding.hardware,
        is_exportable=finding.exportable,
        is_of_computer=bool(place.flags & CRYPT_MACHINE_KEYSET),
    )
