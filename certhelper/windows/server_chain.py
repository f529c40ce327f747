"""Whether a server's certificate is good for a name, with own roots beside those of Windows.

Windows builds and judges the chain; nothing of its store of roots is changed.  The own roots are
the only ones of an engine of their own (``hExclusiveRoot``).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ctypes import POINTER, c_char_p, c_int32, c_uint32, c_void_p, c_wchar_p
from typing import Any

from certhelper.windows import crypt32
from certhelper.windows.certificate_store import contexts, der_of
from certhelper.windows.library import Library, never, when_zero

CERT_E_EXPIRED = 0x800B0101
CERT_E_VALIDITYPERIODNESTING = 0x800B0102
CERT_E_UNTRUSTEDROOT = 0x800B0109
CERT_E_CHAINING = 0x800B010A
TRUST_E_FAIL = 0x800B010B
CERT_E_REVOKED = 0x800B010C
CERT_E_CN_NO_MATCH = 0x800B010F
TRUST_E_EXPLICIT_DISTRUST = 0x800B0111
CRYPT_E_REVOKED = 0x80092010
NOT_TRUSTED = frozenset({CERT_E_UNTRUSTEDROOT, CERT_E_CHAINING})

_TRUST_ERRORS = (
    (0x10000, CERT_E_CHAINING),  # CERT_TRUST_IS_PARTIAL_CHAIN
    (0x20, CERT_E_UNTRUSTEDROOT),  # CERT_TRUST_IS_UNTRUSTED_ROOT
    (0x4, CERT_E_REVOKED),  # CERT_TRUST_IS_REVOKED
    (0x1, CERT_E_EXPIRED),  # CERT_TRUST_IS_NOT_TIME_VALID
)
"""The gravest first; any other error of a chain is :data:`TRUST_E_FAIL`."""

_CERT_TRUST_IS_NOT_TIME_NESTED = 0x2  # of no meaning any more (documentation)
_CERT_STORE_PROV_MEMORY = 2
_CERT_STORE_ADD_ALWAYS = 4
_CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL = 0x4
_CERT_CHAIN_POLICY_SSL = 4
_AUTHTYPE_SERVER = 2
_SERVER_AUTH = b"1.3.6.1.5.5.7.3.1"  # RFC 5280 section 4.2.1.12


class _EngineConfig(ctypes.Structure):
    """``CERT_CHAIN_ENGINE_CONFIG``, as far as Windows 7 and Wine know it."""

    _fields_ = [
        ("size", c_uint32),
        ("restricted_root", c_void_p),
        ("restricted_trust", c_void_p),
        ("restricted_other", c_void_p),
        ("additional_count", c_uint32),
        ("additional", c_void_p),
        ("flags", c_uint32),
        ("url_timeout", c_uint32),
        ("most_cached", c_uint32),
        ("cycle_modulus", c_uint32),
        ("exclusive_root", c_void_p),
        ("exclusive_trusted_people", c_void_p),
    ]


class _Usages(ctypes.Structure):
    """``CERT_ENHKEY_USAGE``."""

    _fields_ = [("count", c_uint32), ("identifiers", POINTER(c_char_p))]


class _UsageMatch(ctypes.Structure):
    """``CERT_USAGE_MATCH``."""

    _fields_ = [("kind", c_uint32), ("usages", _Usages)]


class _ChainPara(ctypes.Structure):
    """``CERT_CHAIN_PARA``, as far as every Windows knows it."""

    _fields_ = [("size", c_uint32), ("wanted", _UsageMatch)]


class _ChainContext(ctypes.Structure):
    """``CERT_CHAIN_CONTEXT``, its beginning."""

    _fields_ = [("size", c_uint32), ("errors", c_uint32), ("information", c_uint32)]


class _SslPara(ctypes.Structure):
    """``SSL_EXTRA_CERT_CHAIN_POLICY_PARA``."""

    _fields_ = [
        ("size", c_uint32),
        ("kind", c_uint32),
        ("checks", c_uint32),
        ("name", c_wchar_p),
    ]


class _PolicyPara(ctypes.Structure):
    """``CERT_CHAIN_POLICY_PARA``."""

    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("extra", c_void_p)]


class _PolicyStatus(ctypes.Structure):
    """``CERT_CHAIN_POLICY_STATUS``."""

    _fields_ = [
        ("size", c_uint32),
        ("error", c_uint32),
        ("chain", c_int32),
        ("element", c_int32),
        ("extra", c_void_p),
    ]


_ChainPointer = POINTER(_ChainContext)
_CRYPT32 = Library("crypt32")
_create_engine = _CRYPT32.function(
    "CertCreateCertificateChainEngine",
    c_int32,
    *(POINTER(_EngineConfig), POINTER(c_void_p)),
    fails=when_zero,
)
_free_engine = _CRYPT32.function("CertFreeCertificateChainEngine", None, c_void_p, fails=never)
_get_chain = _CRYPT32.function(
    "CertGetCertificateChain",
    c_int32,
    *(c_void_p, crypt32.CertContextPointer, c_void_p, c_void_p),
    *(POINTER(_ChainPara), c_uint32, c_void_p, POINTER(_ChainPointer)),
    fails=when_zero,
)
_free_chain = _CRYPT32.function("CertFreeCertificateChain", None, _ChainPointer, fails=never)
_verify_policy = _CRYPT32.function(
    "CertVerifyCertificateChainPolicy",
    c_int32,
    *(c_void_p, _ChainPointer, POINTER(_PolicyPara), POINTER(_PolicyStatus)),
    fails=when_zero,
)


def judge(certificate: Any, host: str, roots: Sequence[bytes]) -> int:
    """Judge a server's ``PCCERT_CONTEXT`` for ``host``; 0, or the ``HRESULT`` of what is wrong.

    What the server sent beside it is looked for in the context's own store.  ``roots`` are DER
    certificates; a chain may end at one of them or at a root of Windows.
    Raises :class:`~certhelper.windows.library.WindowsCallError`.
    """
    return _judge(certificate, certificate.contents.store, host, roots)


def judge_sent(chain: Sequence[bytes], host: str, roots: Sequence[bytes]) -> int:
    """As :func:`judge`, for certificates in DER as a server sent them, its own first."""
    with _store_of(chain) as sent:
        context = crypt32.create_certificate(crypt32.X509_ASN_ENCODING, chain[0], len(chain[0]))
        try:
            return _judge(context, sent, host, roots)
        finally:
            crypt32.free_certificate(context)


def shown(certificate: Any) -> tuple[bytes, ...]:
    """Return, in DER, a server's ``PCCERT_CONTEXT`` and what came with it in its own store."""
    own = der_of(certificate)
    above = [der_of(context) for context in contexts(certificate.contents.store)]
    return (own, *(der for der in above if der != own))


def _judge(certificate: Any, sent: int, host: str, roots: Sequence[bytes]) -> int:
    refusal = _judge_by(None, certificate, sent, host)
    if refusal in NOT_TRUSTED and roots:
        with _store_of(roots) as store, _engine(store) as engine:
            return _judge_by(engine, certificate, sent, host)
    return refusal


def _judge_by(engine: c_void_p | None, certificate: Any, sent: int, host: str) -> int:
    """Judge with the roots of one engine; ``None`` is Windows' own."""
    usages = _Usages(1, (c_char_p * 1)(_SERVER_AUTH))
    wanted = _ChainPara(ctypes.sizeof(_ChainPara), _UsageMatch(0, usages))
    chain = _ChainPointer()
    flags = _CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL if engine is not None else 0
    _get_chain(
        engine, certificate, None, sent, ctypes.byref(wanted), flags, None, ctypes.byref(chain)
    )
    try:
        return _trust_error(chain.contents.errors) or _policy_error(chain, host)
    finally:
        _free_chain(chain)


def _trust_error(errors: int) -> int:
    """The policy of TLS is not enough: Wine's passes a chain that ends nowhere."""
    for flag, error in _TRUST_ERRORS:
        if errors & flag:
            return error
    return TRUST_E_FAIL if errors & ~_CERT_TRUST_IS_NOT_TIME_NESTED else 0


def _policy_error(chain: Any, host: str) -> int:
    extra = _SslPara(ctypes.sizeof(_SslPara), _AUTHTYPE_SERVER, 0, host)
    policy = _PolicyPara(ctypes.sizeof(_PolicyPara), 0, ctypes.addressof(extra))
    status = _PolicyStatus(ctypes.sizeof(_PolicyStatus))
    _verify_policy(_CERT_CHAIN_POLICY_SSL, chain, ctypes.byref(policy), ctypes.byref(status))
    return int(status.error)


@contextmanager
def _store_of(certificates: Sequence[bytes]) -> Iterator[int]:
    """A store in memory with these certificates."""
    store: int = crypt32.open_store(_CERT_STORE_PROV_MEMORY, 0, None, 0, None)
    try:
        for der in certificates:
            context = crypt32.create_certificate(crypt32.X509_ASN_ENCODING, der, len(der))
            try:
                crypt32.add_certificate(store, context, _CERT_STORE_ADD_ALWAYS, None)
            finally:
                crypt32.free_certificate(context)
        yield store
    finally:
        crypt32.close_store(store, 0)


@contextmanager
def _engine(roots: int) -> Iterator[c_void_p]:
    config = _EngineConfig(size=ctypes.sizeof(_EngineConfig), exclusive_root=roots)
    engine = c_void_p()
    _create_engine(ctypes.byref(config), ctypes.byref(engine))
    try:
        yield engine
    finally:
        _free_engine(engine)
