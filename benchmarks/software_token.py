"""A token of SoftHSM with many certificates and their keys, made once and kept in the cache folder.

Its own tools take a process for each object, which for thousands is hours; so the objects are made
through the module itself.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import platformdirs
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from benchmarks.databases import entries
from certhelper.stores import pkcs11_calls as calls
from certhelper.stores.nss_database import Entry

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
_PIN = b"87654321"
_LABEL = "benchmark"

# Places in CK_FUNCTION_LIST, constants and attributes: pkcs11f.h and pkcs11t.h of v2.40.
_C_LOGIN, _C_CREATE_OBJECT = 18, 20
_WRITING_SESSION = 0x4 | 0x2  # CKF_SERIAL_SESSION, CKF_RW_SESSION
_CKU_USER = 1
_CKC_X_509, _CKK_EC = 0, 3
_CLASS, _TOKEN, _PRIVATE, _LABEL_OF, _VALUE = 0x0, 0x1, 0x2, 0x3, 0x11
_CERTIFICATE_TYPE, _KEY_TYPE, _SUBJECT, _ID = 0x80, 0x100, 0x101, 0x102
_SENSITIVE, _SIGN, _EC_PARAMETERS = 0x103, 0x108, 0x180
_P256 = bytes.fromhex("06082a8648ce3d030107")

_Attributes = dict[int, bytes | int | bool]


def configuration(size: int) -> Path:
    """Return the configuration (``SOFTHSM2_CONF``) of a token with ``size`` certificates.

    It is made where it is missing.  A change of this file makes new ones.
    """
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    folder = platformdirs.user_cache_path("certhelper") / "benchmarks" / f"token-{size}-{recipe}"
    file = folder / "softhsm2.conf"
    finished = folder / "finished"
    if not finished.exists():
        print(f"making a token with {size} certificates …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "tokens").mkdir(parents=True)
        file.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(file)
        _make(size)
        finished.touch()
    return file


def _make(size: int) -> None:
    pins = ("--so-pin", "officer-1234", "--pin", _PIN.decode())
    words = ["softhsm2-util", "--init-token", "--free", "--label", _LABEL, *pins]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    slot = int(re.findall(r"slot (\d+)", told)[-1])
    module = calls.load(MODULE)
    module.initialize()
    session = ctypes.c_ulong()
    module.call("C_OpenSession", slot, _WRITING_SESSION, None, None, ctypes.addressof(session))
    _call(_C_LOGIN, session, ctypes.c_ulong(_CKU_USER), _PIN, ctypes.c_ulong(len(_PIN)))
    for number, entry in enumerate(entries(size)):
        for attributes in _objects(number, entry):
            _create(session, attributes)
    module.finalize()


def _objects(number: int, entry: Entry) -> Iterator[_Attributes]:
    identifier = hashlib.sha256(entry.certificate).digest()[:20]
    label = f"certificate {number:05}".encode()
    common: _Attributes = {_TOKEN: True, _LABEL_OF: label, _ID: identifier}
    certificate: _Attributes = {_CLASS: calls.CKO_CERTIFICATE, _CERTIFICATE_TYPE: _CKC_X_509}
    yield common | certificate | {_PRIVATE: False, _SUBJECT: b"0\0", _VALUE: entry.certificate}
    assert entry.key is not None
    key = load_der_private_key(entry.key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    value = key.private_numbers().private_value.to_bytes(32, "big")
    private: _Attributes = {_CLASS: calls.CKO_PRIVATE_KEY, _KEY_TYPE: _CKK_EC, _PRIVATE: True}
    secret: _Attributes = {_SENSITIVE: True, _EC_PARAMETERS: _P256, _VALUE: value}
    yield common | private | secret | {_SIGN: True}


def _create(session: ctypes.c_ulong, attributes: _Attributes) -> None:
    octets = [_octets(value) for value in attributes.values()]
    buffers = [ctypes.create_string_buffer(one, len(one)) for one in octets]
    template = (calls.Attribute * len(attributes))(
        *(
            calls.Attribute(kind, ctypes.addressof(buffer), len(buffer))
            for kind, buffer in zip(attributes, buffers, strict=True)
        )
    )
    created = ctypes.c_ulong()
    _call(
        _C_CREATE_OBJECT,
        session,
        template,
        ctypes.c_ulong(len(attributes)),
        ctypes.byref(created),
    )


def _octets(value: bytes | int | bool) -> bytes:
    if isinstance(value, bool):
        return bytes([value])
    return value if isinstance(value, bytes) else bytes(ctypes.c_ulong(value))


def _call(place: int, *arguments: object) -> None:
    """Call a function that the program itself never needs."""
    table = ctypes.c_void_p()
    ctypes.CDLL(str(MODULE)).C_GetFunctionList(ctypes.byref(table))
    target = calls.FunctionList.from_address(table.value or 0).functions[place]
    code = ctypes.CFUNCTYPE(ctypes.c_ulong)(target)(*arguments)
    if code:
        raise RuntimeError(f"function {place}: {code:#x}")
