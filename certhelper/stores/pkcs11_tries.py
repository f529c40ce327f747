"""What a token tells of the tries that its PIN has left."""

from __future__ import annotations

from certhelper.stores.base import TriesLeft
from certhelper.stores.pkcs11_flags import (
    CKF_USER_PIN_COUNT_LOW,
    CKF_USER_PIN_FINAL_TRY,
    CKF_USER_PIN_LOCKED,
)


def tries_of(flags: int) -> TriesLeft:
    """Return what a token's flags say of its tries (PKCS #11 v2.40, section 3.2)."""
    if flags & CKF_USER_PIN_LOCKED:
        return TriesLeft.NONE
    if flags & CKF_USER_PIN_FINAL_TRY:
        return TriesLeft.LAST
    return TriesLeft.LOW if flags & CKF_USER_PIN_COUNT_LOW else TriesLeft.PLENTY
