"""Certificates that were applied for in Windows and have not come: the store "REQUEST".

A browser or a control that applies for a certificate leaves a place-holder with the new key there
until the answer is accepted (learn.microsoft.com/windows/win32/api/certenroll/
nf-certenroll-ix509enrollment-createrequest: the request is put into the request store).
"""

from __future__ import annotations

import sys

from certhelper.windows import crypt32
from certhelper.windows.certificate_store import Place, contexts, opened
from certhelper.windows.library import WindowsCallError

_REQUESTS = "REQUEST"


def count() -> int | None:
    """Return how many there are of the current user's; None where nobody can tell."""
    if sys.platform == "win32":
        try:
            with opened(Place.CURRENT_USER, name=_REQUESTS) as store:
                return sum(1 for _ in contexts(store))
        except WindowsCallError as error:
            return 0 if error.code == crypt32.ERROR_FILE_NOT_FOUND else None
    else:  # a type checker for another system must not see what is above
        return None
