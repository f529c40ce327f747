"""Private keys of the current user that no certificate of theirs names.

A certificate that was deleted leaves its key behind, and one that was applied for and never came
has only its key.  So may other programs: many keep keys that were never meant for a certificate.
Only the providers of Windows itself are asked, and for nothing but names: those of the older kind
(CAPI), which share one place, and the software provider of CNG.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator

from certhelper.windows import advapi32, ncrypt, wine
from certhelper.windows.certificate_store import Place, contexts, key_place, opened
from certhelper.windows.library import WindowsCallError

_LONGEST_NAME = 1024  # octets; the documentation gives MAX_PATH for providers of Windows


def count_unnamed() -> int | None:
    """Return how many there are; None where nobody can tell, and on other systems."""
    if sys.platform == "win32":
        try:
            names = set(_of_capi()) | set(_of_cng())
            return len(names - _named_by_certificates())
        except WindowsCallError:
            return None
    else:  # a type checker for another system must not see what is above
        return None


def _named_by_certificates() -> set[str]:
    with opened(Place.CURRENT_USER) as store:
        places = [key_place(context) for context in contexts(store)]
    return {one.container for one in places if one is not None}


def _of_capi() -> Iterator[str]:
    """Yield every container (``PP_ENUMCONTAINERS``), in the code page of Windows."""
    provider = ctypes.c_size_t()
    named = (None, advapi32.MS_ENH_RSA_AES_PROV, advapi32.PROV_RSA_AES)
    flags = advapi32.CRYPT_VERIFYCONTEXT | advapi32.CRYPT_SILENT
    advapi32.acquire_context(ctypes.byref(provider), *named, flags)
    try:
        which = advapi32.CRYPT_FIRST
        while True:
            name = ctypes.create_string_buffer(_LONGEST_NAME)
            size = ctypes.c_uint32(_LONGEST_NAME)
            wanted = (advapi32.PP_ENUMCONTAINERS, name, ctypes.byref(size), which)
            try:
                advapi32.get_provider_parameter(provider, *wanted)
            except WindowsCallError as error:
                if error.code == advapi32.ERROR_NO_MORE_ITEMS:
                    return
                raise
            yield name.value.decode("mbcs" if sys.platform == "win32" else "latin-1", "replace")
            which = advapi32.CRYPT_NEXT
    finally:
        advapi32.release_context(provider, 0)


def _of_cng() -> Iterator[str]:
    """Yield every key of the software provider.  Wine has none: there is no CNG for keys."""
    if wine.version() is not None:
        return
    provider, state = ctypes.c_size_t(), ctypes.c_void_p()
    ncrypt.open_storage_provider(ctypes.byref(provider), ncrypt.SOFTWARE_PROVIDER, 0)
    try:
        while True:
            found = ctypes.POINTER(ncrypt.KeyName)()
            wanted = (ctypes.byref(found), ctypes.byref(state), ncrypt.NCRYPT_SILENT_FLAG)
            try:
                ncrypt.enumerate_keys(provider, None, *wanted)
            except WindowsCallError as error:
                if error.code == ncrypt.NTE_NO_MORE_ITEMS:
                    return
                raise
            try:
                yield found.contents.name or ""
            finally:
                ncrypt.free_buffer(ctypes.cast(found, ctypes.c_void_p))
    finally:
        if state.value:
            ncrypt.free_buffer(state)
        ncrypt.free_object(provider)
