/*
 * Stands in for ncrypt.dll, whose keys Wine lacks, and for the one function of crypt32.dll that
 * hands them out.  A key does what its name says:
 *
 *   rsa, ec            what kind of key it is; a signature has to be asked for accordingly
 *   export             it may be exported
 *   asks               Windows asks before each use
 *   open=80090016      it does not open, with this code
 *   sign=8009000B      it does not sign
 *   bare               it has no properties at all
 *   other              it is another certificate's
 *
 * The provider's name says what it is: "software", "card", "device", "missing".
 * It counts what is open, what was freed wrongly, and every call that might show a dialog.
 */

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <wincrypt.h>
#include <ncrypt.h>

#define PROVIDER 0x50524F56
#define KEY 0x4B455921

typedef struct {
    DWORD magic;
    DWORD kind; /* of the provider */
    BOOL is_rsa, is_exportable, asks, is_bare;
    DWORD sign;
} Object;

static volatile LONG open_handles, wrong_calls;

__declspec(dllexport) LONG FakeOpenHandles(void) { return open_handles; }

__declspec(dllexport) LONG FakeWrongCalls(void) { return wrong_calls; }

static DWORD code_of(const WCHAR *name, const WCHAR *word)
{
    const WCHAR *found = wcsstr(name, word);
    return found ? wcstoul(found + wcslen(word), NULL, 16) : 0;
}

static Object *made(DWORD magic, DWORD kind)
{
    Object *object = calloc(1, sizeof *object);
    object->magic = magic;
    object->kind = kind;
    InterlockedIncrement(&open_handles);
    return object;
}

static Object *valid(ULONG_PTR handle, DWORD flags)
{
    Object *object = (Object *)handle;
    BOOL is_right = object && (object->magic == PROVIDER || object->magic == KEY);

    if (!is_right || !(flags & NCRYPT_SILENT_FLAG))
        InterlockedIncrement(&wrong_calls);
    return is_right ? object : NULL;
}

__declspec(dllexport) SECURITY_STATUS WINAPI NCryptOpenStorageProvider(NCRYPT_PROV_HANDLE *provider,
                                                                       LPCWSTR name, DWORD flags)
{
    DWORD kind = 0;

    (void)flags;
    if (wcsstr(name, L"missing"))
        return NTE_PROV_DLL_NOT_FOUND;
    if (wcsstr(name, L"software"))
        kind = NCRYPT_IMPL_SOFTWARE_FLAG;
    if (wcsstr(name, L"card"))
        kind = NCRYPT_IMPL_HARDWARE_FLAG | NCRYPT_IMPL_REMOVABLE_FLAG;
    if (wcsstr(name, L"device") || wcsstr(name, L"Platform"))
        kind = NCRYPT_IMPL_HARDWARE_FLAG;
    *provider = (NCRYPT_PROV_HANDLE)made(PROVIDER, kind);
    return ERROR_SUCCESS;
}

__declspec(dllexport) SECURITY_STATUS WINAPI NCryptOpenKey(NCRYPT_PROV_HANDLE provider,
                                                           NCRYPT_KEY_HANDLE *key, LPCWSTR name,
                                                           DWORD legacy_spec, DWORD flags)
{
    Object *from = valid(provider, flags), *object;

    (void)legacy_spec;
    if (!from)
        return NTE_INVALID_HANDLE;
    if (code_of(name, L"open="))
        return code_of(name, L"open=");
    object = made(KEY, from->kind);
    object->is_rsa = wcsstr(name, L"rsa") != NULL;
    object->is_exportable = wcsstr(name, L"export") != NULL;
    object->asks = wcsstr(name, L"asks") != NULL;
    object->is_bare = wcsstr(name, L"bare") != NULL;
    object->sign = code_of(name, L"sign=");
    *key = (NCRYPT_KEY_HANDLE)object;
    return ERROR_SUCCESS;
}

static SECURITY_STATUS given(const void *value, DWORD size, BYTE *output, DWORD room, DWORD *needed)
{
    *needed = size;
    if (!output)
        return ERROR_SUCCESS;
    if (room < size)
        return NTE_BUFFER_TOO_SMALL;
    memcpy(output, value, size);
    return ERROR_SUCCESS;
}

__declspec(dllexport) SECURITY_STATUS WINAPI NCryptGetProperty(NCRYPT_HANDLE handle, LPCWSTR name,
                                                               BYTE *output, DWORD room,
                                                               DWORD *needed, DWORD flags)
{
    Object *object = valid(handle, flags);

    if (!object)
        return NTE_INVALID_HANDLE;
    if (object->is_bare)
        return NTE_NOT_SUPPORTED;
    if (object->magic == PROVIDER) {
        if (wcscmp(name, NCRYPT_IMPL_TYPE_PROPERTY) || !object->kind)
            return NTE_NOT_SUPPORTED;
        return given(&object->kind, sizeof object->kind, output, room, needed);
    }
    if (!wcscmp(name, NCRYPT_PROVIDER_HANDLE_PROPERTY)) {
        /* The caller frees what it gets; asking for the size opens nothing. */
        NCRYPT_PROV_HANDLE provider = 0;
        if (output && room >= sizeof provider)
            provider = (NCRYPT_PROV_HANDLE)made(PROVIDER, object->kind);
        return given(&provider, sizeof provider, output, room, needed);
    }
    if (!wcscmp(name, NCRYPT_EXPORT_POLICY_PROPERTY)) {
        DWORD policy = object->is_exportable ? NCRYPT_ALLOW_EXPORT_FLAG : 0;
        return given(&policy, sizeof policy, output, room, needed);
    }
    if (!wcscmp(name, NCRYPT_UI_POLICY_PROPERTY)) {
        NCRYPT_UI_POLICY policy = {1, NCRYPT_UI_PROTECT_KEY_FLAG, NULL, NULL, NULL};
        if (!object->asks)
            return NTE_NOT_FOUND;
        return given(&policy, sizeof policy, output, room, needed);
    }
    if (!wcscmp(name, NCRYPT_ALGORITHM_GROUP_PROPERTY)) {
        const WCHAR *group = object->is_rsa ? L"RSA" : L"ECDSA";
        return given(group, (wcslen(group) + 1) * sizeof *group, output, room, needed);
    }
    return NTE_NOT_SUPPORTED;
}

__declspec(dllexport) SECURITY_STATUS WINAPI NCryptSignHash(NCRYPT_KEY_HANDLE handle, void *padding,
                                                            BYTE *digest, DWORD digest_size,
                                                            BYTE *signature, DWORD room,
                                                            DWORD *needed, DWORD flags)
{
    static const BYTE made_up[64] = {1};
    Object *key = valid(handle, flags);
    BCRYPT_PKCS1_PADDING_INFO *pkcs1 = padding;

    if (!key || key->magic != KEY)
        return NTE_INVALID_HANDLE;
    if (!digest || digest_size != 32)
        return NTE_INVALID_PARAMETER;
    if (key->is_rsa != !!(flags & BCRYPT_PAD_PKCS1) || key->is_rsa != (pkcs1 != NULL)
        || (pkcs1 && wcscmp(pkcs1->pszAlgId, BCRYPT_SHA256_ALGORITHM))) {
        InterlockedIncrement(&wrong_calls);
        return NTE_INVALID_PARAMETER;
    }
    if (signature && key->sign) /* the size is told before the key is needed */
        return key->sign;
    return given(made_up, sizeof made_up, signature, room, needed);
}

__declspec(dllexport) SECURITY_STATUS WINAPI NCryptFreeObject(NCRYPT_HANDLE handle)
{
    Object *object = valid(handle, NCRYPT_SILENT_FLAG);

    if (!object)
        return NTE_INVALID_HANDLE;
    object->magic = 0; /* never given back, so that a second freeing is seen */
    InterlockedDecrement(&open_handles);
    return ERROR_SUCCESS;
}

/* ---- crypt32.dll ---- */

typedef BOOL(WINAPI *GetPropertyFunction)(PCCERT_CONTEXT, DWORD, void *, DWORD *);
typedef BOOL(WINAPI *AcquireFunction)(PCCERT_CONTEXT, DWORD, void *, ULONG_PTR *, DWORD *, BOOL *);

static SECURITY_STATUS acquire(const CRYPT_KEY_PROV_INFO *info, DWORD flags, ULONG_PTR *key)
{
    NCRYPT_PROV_HANDLE provider;
    SECURITY_STATUS status = NCryptOpenStorageProvider(&provider, info->pwszProvName, 0);

    if (status)
        return status;
    status = NCryptOpenKey(provider, key, info->pwszContainerName, info->dwKeySpec,
                           flags & CRYPT_ACQUIRE_SILENT_FLAG ? NCRYPT_SILENT_FLAG : 0);
    NCryptFreeObject(provider);
    if (!status && flags & CRYPT_ACQUIRE_COMPARE_KEY_FLAG
        && wcsstr(info->pwszContainerName, L"other")) {
        NCryptFreeObject(*key);
        return NTE_BAD_PUBLIC_KEY;
    }
    return status;
}

__declspec(dllexport) BOOL WINAPI FakeAcquirePrivateKey(PCCERT_CONTEXT certificate, DWORD flags,
                                                        void *parameters, ULONG_PTR *key,
                                                        DWORD *key_spec, BOOL *caller_frees)
{
    HMODULE crypt32 = GetModuleHandleW(L"crypt32");
    GetPropertyFunction get = (GetPropertyFunction)(void *)GetProcAddress(
        crypt32, "CertGetCertificateContextProperty");
    AcquireFunction real = (AcquireFunction)(void *)GetProcAddress(
        crypt32, "CryptAcquireCertificatePrivateKey");
    SECURITY_STATUS status;
    DWORD size = 0;
    CRYPT_KEY_PROV_INFO *info;

    if (!get(certificate, CERT_KEY_PROV_INFO_PROP_ID, NULL, &size)) {
        SetLastError(CRYPT_E_NO_KEY_PROPERTY);
        return FALSE;
    }
    info = malloc(size);
    get(certificate, CERT_KEY_PROV_INFO_PROP_ID, info, &size);
    if (info->dwProvType) {
        free(info);
        return real(certificate, flags, parameters, key, key_spec, caller_frees);
    }
    if (!(flags & (CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG | CRYPT_ACQUIRE_ALLOW_NCRYPT_KEY_FLAG)))
        status = NTE_BAD_PROV_TYPE;
    else
        status = acquire(info, flags, key);
    free(info);
    if (status) {
        SetLastError(status);
        return FALSE;
    }
    *key_spec = CERT_NCRYPT_KEY_SPEC;
    *caller_frees = TRUE;
    return TRUE;
}
