"""Of what kind the profile of the current Windows user is.

userenv.dll, ``GetProfileType`` (learn.microsoft.com/windows/win32/api/userenv/
nf-userenv-getprofiletype).  Keys lie in the profile: in a temporary one there are none, and what is
made in a mandatory one is gone at the next sign-in.
"""

from __future__ import annotations

import sys
from ctypes import POINTER, byref, c_int32, c_uint32
from enum import StrEnum

from certhelper.windows.library import Library, WindowsCallError, when_zero


class ProfileType(StrEnum):
    """The first that applies."""

    TEMPORARY = "temporary"
    MANDATORY = "mandatory"
    ROAMING = "roaming"
    LOCAL = "local"


_BITS = ((0x1, ProfileType.TEMPORARY), (0x4, ProfileType.MANDATORY), (0xA, ProfileType.ROAMING))
"""``PT_TEMPORARY``; ``PT_MANDATORY``; ``PT_ROAMING`` and ``PT_ROAMING_PREEXISTING``."""

_get_profile_type = Library("userenv").function(
    "GetProfileType", c_int32, POINTER(c_uint32), fails=when_zero
)


def profile_type() -> ProfileType | None:
    """Return it; None where Windows does not tell, and on other systems."""
    if sys.platform == "win32":
        flags = c_uint32()
        try:
            _get_profile_type(byref(flags))
        except WindowsCallError:
            return None
        return of_flags(flags.value)
    else:  # noqa: RET505  # a type checker for another system must not see what is above
        return None


def of_flags(flags: int) -> ProfileType:
    """Return what the function's ``dwFlags`` say."""
    return next((kind for bit, kind in _BITS if flags & bit), ProfileType.LOCAL)
