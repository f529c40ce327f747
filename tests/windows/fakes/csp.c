/*
 * A vendor's provider of keys (CSP) that does what the container's name says:
 *
 *   acquire=80090016   the container does not open, with this code
 *   userkey=8009000D   there is no key in it
 *   sign=80090022      the key does not sign
 *   software           it is one of software; otherwise of a card
 *   hang, crash, print when the container is opened
 *
 * learn.microsoft.com/windows/win32/seccrypto/cryptographic-service-providers
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <wincrypt.h>

typedef struct {
    DWORD user_key;
    DWORD sign;
    DWORD kind;
} Context;

static volatile LONG open_handles;

__declspec(dllexport) LONG FakeOpenHandles(void) { return open_handles; }

static DWORD code_of(const char *name, const char *word)
{
    const char *found = strstr(name, word);
    return found ? strtoul(found + strlen(word), NULL, 16) : 0;
}

static BOOL refused(DWORD code)
{
    SetLastError(code);
    return FALSE;
}

static BOOL number(BYTE *data, DWORD *size, DWORD value)
{
    if (data)
        memcpy(data, &value, sizeof value);
    *size = sizeof value;
    return TRUE;
}

__declspec(dllexport) BOOL WINAPI CPAcquireContext(HCRYPTPROV *provider, char *container,
                                                   DWORD flags, void *table)
{
    const char *name = container ? container : "";
    Context *context;

    (void)flags;
    (void)table;
    if (strstr(name, "hang"))
        Sleep(INFINITE);
    if (strstr(name, "crash"))
        *(volatile int *)NULL = 1;
    if (strstr(name, "print")) {
        printf("{\"done\": true}\n");
        fflush(stdout);
    }
    if (code_of(name, "acquire="))
        return refused(code_of(name, "acquire="));
    context = calloc(1, sizeof *context);
    context->user_key = code_of(name, "userkey=");
    context->sign = code_of(name, "sign=");
    context->kind = strstr(name, "software") ? CRYPT_IMPL_SOFTWARE
                                             : CRYPT_IMPL_HARDWARE | CRYPT_IMPL_REMOVABLE;
    InterlockedIncrement(&open_handles);
    *provider = (HCRYPTPROV)context;
    return TRUE;
}

__declspec(dllexport) BOOL WINAPI CPReleaseContext(HCRYPTPROV provider, DWORD flags)
{
    (void)flags;
    InterlockedDecrement(&open_handles);
    free((void *)provider);
    return TRUE;
}

__declspec(dllexport) BOOL WINAPI CPGetProvParam(HCRYPTPROV provider, DWORD parameter, BYTE *data,
                                                 DWORD *size, DWORD flags)
{
    (void)flags;
    if (parameter != PP_IMPTYPE)
        return refused(NTE_BAD_TYPE);
    return number(data, size, ((Context *)provider)->kind);
}

__declspec(dllexport) BOOL WINAPI CPGetUserKey(HCRYPTPROV provider, DWORD spec, HCRYPTKEY *key)
{
    Context *context = (Context *)provider;

    (void)spec;
    if (context->user_key)
        return refused(context->user_key);
    InterlockedIncrement(&open_handles);
    *key = 1;
    return TRUE;
}

__declspec(dllexport) BOOL WINAPI CPDestroyKey(HCRYPTPROV provider, HCRYPTKEY key)
{
    (void)provider;
    (void)key;
    InterlockedDecrement(&open_handles);
    return TRUE;
}

__declspec(dllexport) BOOL WINAPI CPGetKeyParam(HCRYPTPROV provider, HCRYPTKEY key, DWORD parameter,
                                                BYTE *data, DWORD *size, DWORD flags)
{
    (void)provider;
    (void)key;
    (void)flags;
    if (parameter != KP_PERMISSIONS)
        return refused(NTE_BAD_TYPE);
    return number(data, size, 0);
}

__declspec(dllexport) BOOL WINAPI CPCreateHash(HCRYPTPROV provider, ALG_ID algorithm, HCRYPTKEY key,
                                               DWORD flags, HCRYPTHASH *hash)
{
    (void)provider;
    (void)algorithm;
    (void)key;
    (void)flags;
    InterlockedIncrement(&open_handles);
    *hash = 1;
    return TRUE;
}

__declspec(dllexport) BOOL WINAPI CPDestroyHash(HCRYPTPROV provider, HCRYPTHASH hash)
{
    (void)provider;
    (void)hash;
    InterlockedDecrement(&open_handles);
    return TRUE;
}

__declspec(dllexport) BOOL WINAPI CPHashData(HCRYPTPROV provider, HCRYPTHASH hash,
                                             const BYTE *data, DWORD size, DWORD flags)
{
    (void)provider;
    (void)hash;
    (void)data;
    (void)size;
    (void)flags;
    return TRUE;
}

__declspec(dllexport) BOOL WINAPI CPSignHash(HCRYPTPROV provider, HCRYPTHASH hash, DWORD spec,
                                             const WCHAR *description, DWORD flags,
                                             BYTE *signature, DWORD *size)
{
    Context *context = (Context *)provider;

    (void)hash;
    (void)spec;
    (void)description;
    (void)flags;
    if (context->sign)
        return refused(context->sign);
    if (signature)
        memset(signature, 1, 16);
    *size = 16;
    return TRUE;
}

/* What a provider has to export and nobody here calls. */

#define NOT_HERE(name)                                                                             \
    __declspec(dllexport) BOOL WINAPI name(void) { return refused(NTE_NOT_SUPPORTED); }

NOT_HERE(CPDecrypt)
NOT_HERE(CPDeriveKey)
NOT_HERE(CPDuplicateHash)
NOT_HERE(CPDuplicateKey)
NOT_HERE(CPEncrypt)
NOT_HERE(CPExportKey)
NOT_HERE(CPGenKey)
NOT_HERE(CPGenRandom)
NOT_HERE(CPGetHashParam)
NOT_HERE(CPHashSessionKey)
NOT_HERE(CPImportKey)
NOT_HERE(CPSetHashParam)
NOT_HERE(CPSetKeyParam)
NOT_HERE(CPSetProvParam)
NOT_HERE(CPVerifySignature)
