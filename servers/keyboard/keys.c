/* SPDX-License-Identifier: BSD-2-Clause */
/* See keys.h. The codes are those of IBM's PC/AT and PS/2 keyboards. */

#include "servers/keyboard/keys.h"

#define RELEASED 0x80
#define EXTENDED 0xe0
#define PAUSE 0xe1
#define PAUSE_REST 5 /* bytes behind its first */
#define ESCAPE 0x1b
#define DELETE 0x7f

/* Bits of `down`. */
enum modifier {
    SHIFT_LEFT = 1,
    SHIFT_RIGHT = 2,
    CONTROL_LEFT = 4,
    CONTROL_RIGHT = 8,
    ALT_LEFT = 16,
    ALT_RIGHT = 32,
};
#define SHIFT (SHIFT_LEFT | SHIFT_RIGHT)
#define CONTROL (CONTROL_LEFT | CONTROL_RIGHT)
#define ALT (ALT_LEFT | ALT_RIGHT)
#define CAPS_LOCK 0x3a

/* Codes 01 to 39, without and with Shift; 0: no text. */
static const char plain[] =
    "\0\0331234567890-=\177\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
    "\0\033!@#$%^&*()_+\177\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

/* Codes 47 to 53 of the keypad's own keys. */
static const char keypad[] = "789-456+1230.";

struct special {
    uint8_t code;
    const char *text; /* behind ESC */
};

static const struct special functions[] = {
    {0x3b, "OP"},   {0x3c, "OQ"},   {0x3d, "OR"},   {0x3e, "OS"},   {0x3f, "[15~"},
    {0x40, "[17~"}, {0x41, "[18~"}, {0x42, "[19~"}, {0x43, "[20~"}, {0x44, "[21~"},
    {0x57, "[23~"}, {0x58, "[24~"}, {0, 0},
};

/* Behind E0. */
static const struct special arrows[] = {
    {0x47, "[H"}, {0x48, "[A"},  {0x49, "[5~"}, {0x4b, "[D"},  {0x4d, "[C"}, {0x4f, "[F"},
    {0x50, "[B"}, {0x51, "[6~"}, {0x52, "[2~"}, {0x53, "[3~"}, {0, 0},
};

static uint32_t modifier_of(uint8_t code, bool extended)
{
    switch (code) {
    case 0x1d:
        return extended ? CONTROL_RIGHT : CONTROL_LEFT;
    case 0x38:
        return extended ? ALT_RIGHT : ALT_LEFT;
    case 0x2a: /* behind E0 these are made up by the keyboard, around keys that had no Shift */
        return extended ? 0 : SHIFT_LEFT;
    case 0x36:
        return extended ? 0 : SHIFT_RIGHT;
    default:
        return 0;
    }
}

static uint32_t special_find(const struct special *table, uint8_t code, char *text)
{
    uint32_t length = 0;

    while (table->text && table->code != code)
        table++;
    if (!table->text)
        return 0;
    text[length++] = ESCAPE;
    for (const char *c = table->text; *c; c++)
        text[length++] = *c;
    return length;
}

/* With Control: what ASCII has 64 lower, and a few usual ones. */
static char controlled(char c)
{
    if (c >= 'a' && c <= 'z')
        return (char)(c & 0x1f);
    if (c >= '@' && c <= '_')
        return (char)(c & 0x1f);
    if (c == ' ' || c == '2')
        return 0;
    if (c == '/' || c == '-')
        return 0x1f;
    return c == '6' ? 0x1e : c;
}

/* A key with a character; false: it has none. */
static bool character_find(const struct keys *keys, uint8_t code, char *c)
{
    bool shift = keys->down & SHIFT;

    if (code >= 0x47 && code < 0x47 + sizeof(keypad) - 1) {
        *c = keypad[code - 0x47];
        return true;
    }
    if (code >= sizeof(plain) - 1 || plain[code] == 0)
        return false;
    if (keys->caps_lock && plain[code] >= 'a' && plain[code] <= 'z')
        shift = !shift;
    *c = shift ? shifted[code] : plain[code];
    if (keys->down & CONTROL)
        *c = controlled(*c);
    return true;
}

static uint32_t pressed(struct keys *keys, uint8_t code, bool extended, char *text)
{
    uint32_t length = 0;
    char c;

    if (extended && code != 0x1c && code != 0x35)
        return special_find(arrows, code, text);
    if (code == CAPS_LOCK) {
        keys->caps_lock = !keys->caps_lock;
        return 0;
    }
    if (!character_find(keys, code, &c))
        return special_find(functions, code, text);
    if (keys->down & ALT)
        text[length++] = ESCAPE;
    text[length++] = c;
    return length;
}

uint32_t keys_type(struct keys *keys, uint8_t code, char *text)
{
    bool extended = keys->extended;
    uint8_t key = code & (uint8_t)~RELEASED;

    if (keys->skip > 0) {
        keys->skip--;
        return 0;
    }
    keys->extended = code == EXTENDED;
    if (code == PAUSE)
        keys->skip = PAUSE_REST;
    if (code == PAUSE || code == EXTENDED)
        return 0;
    uint32_t modifier = modifier_of(key, extended);
    if (modifier) {
        keys->down = code & RELEASED ? keys->down & ~modifier : keys->down | modifier;
        return 0;
    }
    return code & RELEASED ? 0 : pressed(keys, code, extended, text);
}

/* What the controller (8042) makes of set 2. */
static const uint8_t set_1[0x85] = {
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29,
    0x59, 0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11,
    0x03, 0x5b, 0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14,
    0x13, 0x06, 0x5d, 0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24,
    0x16, 0x08, 0x09, 0x5f, 0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35,
    0x26, 0x27, 0x19, 0x0c, 0x61, 0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36,
    0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76, 0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c,
    0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f, 0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45,
    0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54, 0x80, 0x81, 0x82, 0x41, 0x54,
};

uint8_t keys_translate(struct keys *keys, uint8_t code)
{
    bool released = keys->released;

    if (code == EXTENDED || code == PAUSE)
        return code;
    keys->released = code == 0xf0;
    if (code >= sizeof(set_1) || set_1[code] >= RELEASED)
        return 0;
    return set_1[code] | (released ? RELEASED : 0);
}
