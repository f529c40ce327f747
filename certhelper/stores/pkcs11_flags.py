"""Flags of slots and tokens and of the calls for them (PKCS #11 v2.40, pkcs11t.h).

The children that talk to a module read these, too: nothing else is imported here.
"""

from __future__ import annotations

# CK_SLOT_INFO, section 3.2
CKF_TOKEN_PRESENT = 0x1
CKF_HW_SLOT = 0x4

# CK_TOKEN_INFO, section 3.2
CKF_LOGIN_REQUIRED = 0x4
CKF_USER_PIN_INITIALIZED = 0x8
CKF_PROTECTED_AUTHENTICATION_PATH = 0x100
CKF_TOKEN_INITIALIZED = 0x400
CKF_USER_PIN_COUNT_LOW = 0x10000
CKF_USER_PIN_FINAL_TRY = 0x20000
CKF_USER_PIN_LOCKED = 0x40000

# C_Initialize, section 5.4; C_OpenSession, section 5.6
CKF_OS_LOCKING_OK = 0x2
CKF_SERIAL_SESSION = 0x4
