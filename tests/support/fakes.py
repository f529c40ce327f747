"""DLLs of our own that stand in for what Wine lacks: CNG keys, and a vendor's provider of keys.

``installers.wine.suite`` compiles ``tests/windows/fakes/*.c`` and says in ``CERTHELPER_FAKES``
where they are.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from certhelper.windows import crypt32, ncrypt
from certhelper.windows.library import Function, Library

VARIABLE = "CERTHELPER_FAKES"
CSP_NAME = "certhelper test provider"
CSP_TYPE = 24  # PROV_RSA_AES
_CSP_KEY = rf"SOFTWARE\Microsoft\Cryptography\Defaults\Provider\{CSP_NAME}"


def folder() -> Path:
    """Where the compiled DLLs are.  Raises ``KeyError`` where nobody made them."""
    return Path(os.environ[VARIABLE])


class FakeLibrary(Library):
    """One of our DLLs, in the place of one of Windows'."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.stem)
        self.dll: Any = None
        if sys.platform == "win32":
            self.dll = ctypes.WinDLL(str(path), use_last_error=True)

    def symbol(self, name: str) -> Any:
        return self.dll[name]


@contextmanager
def cng(path: Path) -> Iterator[Any]:
    """Let our ncrypt.dll have the keys; give the DLL, which counts what is open."""
    fake = FakeLibrary(path)
    functions = [one for one in vars(ncrypt).values() if isinstance(one, Function)]
    acquire = crypt32.acquire_private_key
    before = [(one, one._library, one._name, one._bound) for one in (*functions, acquire)]
    for function in (*functions, acquire):
        function._library, function._bound = fake, None
    acquire._name = "FakeAcquirePrivateKey"
    try:
        yield fake.dll
    finally:
        for function, library, name, bound in before:
            function._library, function._name, function._bound = library, name, bound


@contextmanager
def registered_csp() -> Iterator[None]:
    """Install our vendor's provider in Windows, as its set-up program would."""
    if sys.platform == "win32":
        import winreg

        with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, _CSP_KEY) as key:
            path = str(folder() / "csp.dll")
            winreg.SetValueEx(key, "Image Path", 0, winreg.REG_SZ, path)
            winreg.SetValueEx(key, "Type", 0, winreg.REG_DWORD, CSP_TYPE)
            winreg.SetValueEx(key, "Signature", 0, winreg.REG_BINARY, b"\0")
        try:
            yield
        finally:
            winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, _CSP_KEY)
    else:
        raise OSError("only on Windows")
