/* A PKCS #11 module with one token, as a vendor's for Windows is laid out: packed to one octet.

   Written from the specification (PKCS #11 v2.40, sections 2.1, 3 and 5), not from our own
   structures.  Its file's name says how it behaves: "hang", "crash", else as it should.
*/

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

#pragma pack(push, 1)
typedef unsigned long number;

typedef struct { unsigned char major, minor; } version;

typedef struct {
    unsigned char description[64], manufacturer[32];
    number flags;
    version hardware, firmware;
} slot_info;

typedef struct {
    unsigned char label[32], manufacturer[32], model[16], serial[16];
    number flags, max_sessions, sessions, max_rw_sessions, rw_sessions, max_pin, min_pin;
    number total_public, free_public, total_private, free_private;
    version hardware, firmware;
    unsigned char time[16];
} token_info;

typedef struct { number type; void *value; number length; } attribute;

typedef struct { version of; void *functions[68]; } function_list;
#pragma pack(pop)

enum { LABEL = 0x3, VALUE = 0x11, CLASS = 0x0, ID = 0x102 };
enum { OK = 0, TYPE_INVALID = 0x12, TOO_SMALL = 0x150 };

static unsigned char long_value[20000];
static number next_object, wanted_class, has_wanted;

static void pad(unsigned char *field, size_t size, const char *text)
{
    memset(field, ' ', size);
    memcpy(field, text, strlen(text));
}

static int behaves(const char *how)
{
    char name[MAX_PATH] = "";
    HMODULE here = NULL;
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCSTR)pad, &here);
    GetModuleFileNameA(here, name, sizeof name - 1);
    return strstr(name, how) != NULL;
}

static number initialize(void *arguments)
{
    (void)arguments;
    memset(long_value, 'x', sizeof long_value);
    if (behaves("hang"))
        Sleep(INFINITE);
    if (behaves("crash"))
        RaiseException(EXCEPTION_ACCESS_VIOLATION, 0, 0, NULL);
    printf("a driver that talks\n");
    fflush(stdout);
    return OK;
}

static number finalize(void *reserved) { (void)reserved; return OK; }

static number slot_list(unsigned char present, number *slots, number *count)
{
    (void)present;
    if (slots) {
        slots[0] = 5;
        slots[1] = 9;
    }
    *count = 2;
    return OK;
}

static number get_slot(number slot, slot_info *info)
{
    pad(info->description, sizeof info->description, slot == 5 ? "Reader A" : "Reader B");
    pad(info->manufacturer, sizeof info->manufacturer, "maker");
    info->flags = slot == 5 ? 0x4 | 0x1 : 0x4;
    return OK;
}

static number get_token(number slot, token_info *info)
{
    (void)slot;
    pad(info->label, sizeof info->label, "Windows card");
    pad(info->manufacturer, sizeof info->manufacturer, "A maker");
    pad(info->model, sizeof info->model, "Model 1");
    pad(info->serial, sizeof info->serial, "00112233");
    info->flags = 0x400 | 0x8 | 0x4 | 0x100 | 0x20000;
    return OK;
}

static number open_session(number slot, number flags, void *data, void *notify, number *session)
{
    (void)slot, (void)data, (void)notify;
    *session = 77;
    return flags == 4 ? OK : 0xB4;
}

static number close_session(number session) { return session == 77 ? OK : 0xB3; }

static number find_init(number session, attribute *template, number count)
{
    if (session != 77)
        return 0xB3;
    has_wanted = count;
    if (count) {
        if (template->type != CLASS || template->length != sizeof(number))
            return 0x13;
        memcpy(&wanted_class, template->value, sizeof wanted_class);
    }
    next_object = 1;
    return OK;
}

static number find(number session, number *found, number most, number *count)
{
    (void)session;
    *count = 0;
    while (next_object <= 2 && *count < most) {
        if (!has_wanted || wanted_class == 1)
            found[(*count)++] = next_object;
        next_object++;
    }
    return OK;
}

static number find_final(number session) { (void)session; return OK; }

static number one_attribute(attribute *one, const void *value, number length)
{
    if (one->value && one->length < length) {
        one->length = (number)-1;
        return TOO_SMALL;
    }
    if (one->value)
        memcpy(one->value, value, length);
    one->length = length;
    return OK;
}

static number get_attributes(number session, number object, attribute *template, number count)
{
    number code = OK, kind = 1;
    (void)session;
    for (number at = 0; at < count; at++) {
        attribute *one = template + at;
        number own = TYPE_INVALID;
        if (one->type == CLASS)
            own = one_attribute(one, &kind, sizeof kind);
        else if (one->type == LABEL && object == 1)
            own = one_attribute(one, "short", 5);
        else if (one->type == ID)
            own = one_attribute(one, object == 1 ? "\1" : "\2", 1);
        else if (one->type == VALUE && object == 1)
            own = one_attribute(one, "certificate", 11);
        else if (one->type == VALUE)
            own = one_attribute(one, long_value, sizeof long_value);
        else
            one->length = (number)-1;
        if (own)
            code = own;
    }
    return code;
}

static function_list functions;

__declspec(dllexport) number C_GetFunctionList(function_list **list)
{
    functions.of.major = 2;
    functions.of.minor = 40;
    functions.functions[0] = (void *)initialize;
    functions.functions[1] = (void *)finalize;
    functions.functions[4] = (void *)slot_list;
    functions.functions[5] = (void *)get_slot;
    functions.functions[6] = (void *)get_token;
    functions.functions[12] = (void *)open_session;
    functions.functions[13] = (void *)close_session;
    functions.functions[24] = (void *)get_attributes;
    functions.functions[26] = (void *)find_init;
    functions.functions[27] = (void *)find;
    functions.functions[28] = (void *)find_final;
    *list = &functions;
    return OK;
}
