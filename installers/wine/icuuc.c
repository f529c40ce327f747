/* Windows' own ICU converters, as far as Qt 6.10 and later ask for them (icu.h of the Windows SDK).
 *
 * Wine has no icuuc.dll, and without one Qt6Core.dll does not load.  No converter can be opened
 * here; Qt then uses its own, which know UTF-8 and what else a window needs.
 */
typedef int UErrorCode;
#define FILE_ACCESS_ERROR 4
#define UNSUPPORTED_ERROR 16
#define ICU __declspec(dllexport)

static void refuse(UErrorCode *error, UErrorCode why)
{
    if (error)
        *error = why;
}

ICU void *ucnv_open(const char *name, UErrorCode *error)
{
    (void)name;
    refuse(error, FILE_ACCESS_ERROR);
    return 0;
}

ICU const char *ucnv_getName(void *converter, UErrorCode *error)
{
    (void)converter;
    refuse(error, FILE_ACCESS_ERROR);
    return 0;
}

ICU const char *ucnv_getStandardName(const char *name, const char *standard, UErrorCode *error)
{
    (void)name, (void)standard;
    refuse(error, FILE_ACCESS_ERROR);
    return 0;
}

ICU void ucnv_fromUnicode(void *converter, char **target, const char *target_limit,
                          const void **source, const void *source_limit, int *offsets,
                          signed char flush, UErrorCode *error)
{
    (void)converter, (void)target, (void)target_limit, (void)source, (void)source_limit;
    (void)offsets, (void)flush;
    refuse(error, UNSUPPORTED_ERROR);
}

ICU void ucnv_toUnicode(void *converter, void **target, const void *target_limit,
                        const char **source, const char *source_limit, int *offsets,
                        signed char flush, UErrorCode *error)
{
    (void)converter, (void)target, (void)target_limit, (void)source, (void)source_limit;
    (void)offsets, (void)flush;
    refuse(error, UNSUPPORTED_ERROR);
}

ICU void ucnv_setFromUCallBack(void *converter, void *action, const void *context, void **old,
                               const void **old_context, UErrorCode *error)
{
    (void)converter, (void)action, (void)context, (void)old, (void)old_context;
    refuse(error, UNSUPPORTED_ERROR);
}

ICU void ucnv_setToUCallBack(void *converter, void *action, const void *context, void **old,
                             const void **old_context, UErrorCode *error)
{
    (void)converter, (void)action, (void)context, (void)old, (void)old_context;
    refuse(error, UNSUPPORTED_ERROR);
}

ICU void ucnv_cbFromUWriteUChars(void *arguments, const void **source, const void *limit,
                                 int offset, UErrorCode *error)
{
    (void)arguments, (void)source, (void)limit, (void)offset;
    refuse(error, UNSUPPORTED_ERROR);
}

ICU void ucnv_cbToUWriteUChars(void *arguments, const void *source, int length, int offset,
                               UErrorCode *error)
{
    (void)arguments, (void)source, (void)length, (void)offset;
    refuse(error, UNSUPPORTED_ERROR);
}

/* The rest is only called with a converter, or to count and name them: there are none. */
ICU void ucnv_close(void *converter) { (void)converter; }
ICU void ucnv_reset(void *converter) { (void)converter; }
ICU void UCNV_FROM_U_CALLBACK_SUBSTITUTE(void) {}
ICU void UCNV_TO_U_CALLBACK_SUBSTITUTE(void) {}
ICU signed char ucnv_getMaxCharSize(void *converter) { (void)converter; return 1; }
ICU int ucnv_toUCountPending(void *converter, UErrorCode *error) { (void)converter, (void)error; return 0; }
ICU const char *ucnv_getAvailableName(int number) { (void)number; return 0; }
ICU int ucnv_countAvailable(void) { return 0; }

ICU void ucnv_getToUCallBack(void *converter, void **action, const void **context)
{
    (void)converter;
    *action = 0;
    *context = 0;
}

ICU void ucnv_getFromUCallBack(void *converter, void **action, const void **context)
{
    (void)converter;
    *action = 0;
    *context = 0;
}
