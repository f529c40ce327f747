"""The questions that Windows itself asks before a key is used: a card's PIN, a consent.

They belong in front of our window and to it.  CAPI takes one parent for all dialogs of a process;
CNG takes one for each handle of a key, and Chromium, which signs with handles of its own, gives
none.  A card's PIN, though, holds for the process once it was given.  So the key of a card is made
to sign once, with our window as the parent, before the engine needs it.
"""

from __future__ import annotations

from ctypes import byref, c_int32, c_size_t, c_uint32, c_void_p

from certhelper.windows import certificate_store, crypt32, ncrypt, private_keys
from certhelper.windows.library import Library, when_zero

_PP_CLIENT_HWND = 1
_CRYPT_ACQUIRE_WINDOW_HANDLE_FLAG = 0x80
_ASFW_ANY = 0xFFFFFFFF

_set_provider_parameter = Library("advapi32").function(
    "CryptSetProvParam", c_int32, c_size_t, c_uint32, c_void_p, c_uint32, fails=when_zero
)
_allow_set_foreground = Library("user32").function(
    "AllowSetForegroundWindow", c_int32, c_uint32, fails=when_zero
)


def adopt(window: int) -> None:
    """Make ``window`` (``HWND``) the parent of every dialog of a CAPI provider in this process.

    It must be set before a key is opened (learn.microsoft.com/windows/win32/api/wincrypt/
    nf-wincrypt-cryptsetprovparam, ``PP_CLIENT_HWND``).  Raises :class:`WindowsCallError`.
    """
    handle = c_size_t(window)
    _set_provider_parameter(0, _PP_CLIENT_HWND, byref(handle), 0)


def let_one_come_forward() -> None:
    """Let the next window of any process come to the front, once: a dialog of the system's own.

    Raises :class:`WindowsCallError` where this process is not in front itself.
    """
    _allow_set_foreground(_ASFW_ANY)


def unlock(fingerprint: str, window: int) -> None:
    """Open the key of a certificate in the person's store; what it asks is ``window``'s own dialog.

    A ``window`` of 0 is none: then Windows puts its dialog where it likes.  This blocks while a
    dialog is shown, so it needs a thread of its own.  Only the key of a card is used, for a
    signature that is forgotten: any other might ask a second time for the real one.

    Raises :class:`WindowsCallError` with what Windows says, ``LookupError`` for no such
    certificate.
    """
    handle, key_spec, must_free = c_void_p(), c_uint32(), c_int32()
    parent = c_size_t(window)
    flags = crypt32.CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG
    if window:
        # Sets NCRYPT_WINDOW_HANDLE_PROPERTY or PP_CLIENT_HWND, whichever the key is of.
        flags |= _CRYPT_ACQUIRE_WINDOW_HANDLE_FLAG
    with certificate_store.find(fingerprint) as context:
        given = (byref(handle), byref(key_spec), byref(must_free))
        crypt32.acquire_private_key(context, flags, byref(parent) if window else None, *given)
        key = handle.value or 0
        try:
            if key_spec.value == crypt32.CERT_NCRYPT_KEY_SPEC and _is_on_card(key):
                private_keys.sign_with_cng(key, 0)
        finally:
            if must_free.value:
                private_keys.free(key, key_spec.value)


def _is_on_card(key: int) -> bool:
    flags = private_keys.cng_provider_flags(key) or 0
    return bool(flags & ncrypt.NCRYPT_IMPL_REMOVABLE_FLAG)
