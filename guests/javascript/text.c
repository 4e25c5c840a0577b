/* Encodings between JavaScript strings and bytes: TextEncoder, TextDecoder and Buffer stand on these. */
#include <stdlib.h>
#include <string.h>

#include "guest.h"

/* Numbers shared with prelude/encoding.js. */
enum encoding { ENC_UTF8, ENC_UTF16LE, ENC_LATIN1, ENC_ASCII, ENC_HEX, ENC_BASE64, ENC_BASE64URL };

static const uint8_t *bytes_argument(JSContext *cx, JSValueConst value, size_t *ret_length)
{
    return JS_GetUint8Array(cx, ret_length, value);
}

/* -- UTF-8 -- */

/* Length of the valid sequence at p, 0 when there is none. `ret_skip` is then the length of the maximal prefix that
 * one U+FFFD replaces; `ret_cut` tells that the input ended inside a sequence that could have become valid. */
static size_t utf8_sequence(const uint8_t *p, size_t left, size_t *ret_skip, bool *ret_cut)
{
    uint8_t lower = 0x80, upper = 0xBF;
    size_t needed;
    *ret_skip = 1;
    *ret_cut = false;
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        needed = 2;
    else if (p[0] >= 0xE0 && p[0] <= 0xEF)
        needed = 3;
    else if (p[0] >= 0xF0 && p[0] <= 0xF4)
        needed = 4;
    else
        return 0;
    if (p[0] == 0xE0)
        lower = 0xA0;
    else if (p[0] == 0xED)
        upper = 0x9F;
    else if (p[0] == 0xF0)
        lower = 0x90;
    else if (p[0] == 0xF4)
        upper = 0x8F;
    for (size_t i = 1; i < needed; i++) {
        if (i >= left) {
            *ret_skip = i;
            *ret_cut = true;
            return 0;
        }
        if (p[i] < lower || p[i] > upper) {
            *ret_skip = i;
            return 0;
        }
        lower = 0x80;
        upper = 0xBF;
    }
    return needed;
}

static size_t utf8_valid_prefix(const uint8_t *p, size_t length)
{
    size_t at = 0, skip, n;
    bool cut;
    while (at < length && (n = utf8_sequence(p + at, length - at, &skip, &cut)))
        at += n;
    return at;
}

/* Length after replacing what is not UTF-8; writes it to `out` unless NULL. */
static size_t utf8_replace(const uint8_t *p, size_t length, uint8_t *out)
{
    static const uint8_t replacement[3] = {0xEF, 0xBF, 0xBD};
    size_t written = 0;
    for (size_t at = 0; at < length;) {
        size_t skip;
        bool cut;
        size_t n = utf8_sequence(p + at, length - at, &skip, &cut);
        const uint8_t *from = n ? p + at : replacement;
        size_t size = n ? n : sizeof(replacement);
        if (out)
            memcpy(out + written, from, size);
        written += size;
        at += n ? n : skip;
    }
    return written;
}

static JSValue utf8_to_string(JSContext *cx, const uint8_t *p, size_t length)
{
    if (utf8_valid_prefix(p, length) == length)
        return JS_NewStringLen(cx, (const char *)p, length);
    size_t size = utf8_replace(p, length, NULL);
    uint8_t *clean = js_malloc(cx, size);
    if (!clean)
        return JS_EXCEPTION;
    utf8_replace(p, length, clean);
    JSValue text = JS_NewStringLen(cx, (const char *)clean, size);
    js_free(cx, clean);
    return text;
}

/* utf8Tail(bytes) => how many bytes at the end begin a sequence that is not complete yet (0 to 3) */
static JSValue host_utf8_tail(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    size_t length;
    const uint8_t *p = bytes_argument(cx, argv[0], &length);
    if (!p)
        return JS_EXCEPTION;
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        const uint8_t *start = p + length - back;
        if ((*start & 0xC0) == 0x80)
            continue;
        size_t skip;
        bool cut;
        size_t n = utf8_sequence(start, back, &skip, &cut);
        return JS_NewInt32(cx, !n && cut && skip == back ? (int32_t)back : 0);
    }
    return JS_NewInt32(cx, 0);
}

/* utf8Valid(bytes) => boolean */
static JSValue host_utf8_valid(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    size_t length;
    const uint8_t *p = bytes_argument(cx, argv[0], &length);
    return p ? JS_NewBool(cx, utf8_valid_prefix(p, length) == length) : JS_EXCEPTION;
}

/* encodeInto(string, bytes) => [UTF-16 units read, bytes written]; whole characters only */
static JSValue host_encode_into(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    size_t length, room;
    const char *text = cap_string_utf8(cx, argv[0], &length);
    uint8_t *out = text ? JS_GetUint8Array(cx, &room, argv[1]) : NULL;
    if (!out) {
        JS_FreeCString(cx, text);
        return JS_EXCEPTION;
    }
    size_t written = 0, units = 0;
    while (written < length) {
        uint8_t lead = (uint8_t)text[written];
        size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (size > room - written)
            break;
        memcpy(out + written, text + written, size);
        written += size;
        units += size == 4 ? 2 : 1;
    }
    JS_FreeCString(cx, text);
    JSValue pair[2] = {JS_NewInt64(cx, (int64_t)units), JS_NewInt64(cx, (int64_t)written)};
    return JS_NewArrayFrom(cx, 2, pair);
}

/* -- Bytes to text -- */

static JSValue latin1_to_string(JSContext *cx, const uint8_t *p, size_t length, uint8_t mask)
{
    uint16_t *units = js_malloc(cx, length * 2 + 2);
    if (!units)
        return JS_EXCEPTION;
    for (size_t i = 0; i < length; i++)
        units[i] = p[i] & mask;
    JSValue text = JS_NewStringUTF16(cx, units, length);
    js_free(cx, units);
    return text;
}

static JSValue utf16_to_string(JSContext *cx, const uint8_t *p, size_t length)
{
    size_t count = length / 2;
    uint16_t *units = js_malloc(cx, count * 2 + 2);
    if (!units)
        return JS_EXCEPTION;
    memcpy(units, p, count * 2);
    JSValue text = JS_NewStringUTF16(cx, units, count);
    js_free(cx, units);
    return text;
}

static JSValue hex_to_string(JSContext *cx, const uint8_t *p, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char *out = js_malloc(cx, length * 2 + 1);
    if (!out)
        return JS_EXCEPTION;
    for (size_t i = 0; i < length; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    JSValue text = JS_NewStringLen(cx, out, length * 2);
    js_free(cx, out);
    return text;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static char base64_digit(uint32_t value, bool url)
{
    if (value < 62)
        return base64_digits[value];
    return value == 62 ? (url ? '-' : '+') : (url ? '_' : '/');
}

static JSValue base64_to_string(JSContext *cx, const uint8_t *p, size_t length, bool url)
{
    char *out = js_malloc(cx, (length + 2) / 3 * 4 + 1);
    if (!out)
        return JS_EXCEPTION;
    size_t written = 0;
    for (size_t i = 0; i < length; i += 3) {
        size_t count = length - i < 3 ? length - i : 3;
        uint32_t group = (uint32_t)p[i] << 16;
        group |= count > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        group |= count > 2 ? p[i + 2] : 0;
        for (size_t k = 0; k <= count; k++)
            out[written++] = base64_digit(group >> (18 - 6 * k) & 63, url);
        for (size_t k = count; k < 3 && !url; k++)
            out[written++] = '=';
    }
    JSValue text = JS_NewStringLen(cx, out, written);
    js_free(cx, out);
    return text;
}

/* decode(bytes, encoding, start, end) => string */
static JSValue host_decode(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    size_t length;
    int32_t encoding;
    uint32_t start, end;
    /* The numbers first: converting one may run the program's code, which may take the array's memory away. */
    if (JS_ToInt32(cx, &encoding, argv[1]) < 0 || JS_ToUint32(cx, &start, argv[2]) < 0 ||
        JS_ToUint32(cx, &end, argv[3]) < 0)
        return JS_EXCEPTION;
    const uint8_t *p = bytes_argument(cx, argv[0], &length);
    if (!p)
        return JS_EXCEPTION;
    if (end > length)
        end = (uint32_t)length;
    if (start >= end)
        return JS_NewStringLen(cx, "", 0);
    p += start;
    length = end - start;
    switch ((enum encoding)encoding) {
    case ENC_UTF8: return utf8_to_string(cx, p, length);
    case ENC_UTF16LE: return utf16_to_string(cx, p, length);
    case ENC_LATIN1: return latin1_to_string(cx, p, length, 0xFF);
    case ENC_ASCII: return latin1_to_string(cx, p, length, 0x7F);
    case ENC_HEX: return hex_to_string(cx, p, length);
    case ENC_BASE64: return base64_to_string(cx, p, length, false);
    case ENC_BASE64URL: return base64_to_string(cx, p, length, true);
    }
    return JS_ThrowTypeError(cx, "unknown encoding %d", (int)encoding);
}

/* -- Text to bytes -- */

static void *realloc_bytes(JSRuntime *runtime, void *opaque, void *ptr, size_t size)
{
    (void)opaque;
    if (size)
        return js_realloc_rt(runtime, ptr, size);
    js_free_rt(runtime, ptr);
    return NULL;
}

/* Hands a js_malloc'ed area to a new Uint8Array, shrunk to its real length. */
static JSValue give_bytes(JSContext *cx, uint8_t *data, size_t length)
{
    uint8_t *shrunk = js_realloc(cx, data, length ? length : 1);
    if (!shrunk) {
        js_free(cx, data);
        return JS_EXCEPTION;
    }
    return JS_NewUint8Array(cx, shrunk, length, realloc_bytes, NULL, false);
}

static JSValue string_to_utf8(JSContext *cx, JSValueConst value)
{
    size_t length;
    const char *text = cap_string_utf8(cx, value, &length);
    if (!text)
        return JS_EXCEPTION;
    JSValue bytes = JS_NewUint8ArrayCopy(cx, (const uint8_t *)text, length);
    JS_FreeCString(cx, text);
    return bytes;
}

static int hex_value(uint16_t unit)
{
    if (unit >= '0' && unit <= '9')
        return unit - '0';
    uint16_t lower = unit | 32;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Stops at the first pair that is not hexadecimal, as node does. */
static size_t decode_hex(const uint16_t *units, size_t count, uint8_t *out)
{
    size_t written = 0;
    for (size_t i = 0; i + 1 < count; i += 2) {
        int high = hex_value(units[i]), low = hex_value(units[i + 1]);
        if (high < 0 || low < 0)
            break;
        out[written++] = (uint8_t)(high << 4 | low);
    }
    return written;
}

static int base64_value(uint16_t unit)
{
    if (unit >= 'A' && unit <= 'Z')
        return unit - 'A';
    if (unit >= 'a' && unit <= 'z')
        return unit - 'a' + 26;
    if (unit >= '0' && unit <= '9')
        return unit - '0' + 52;
    return unit == '+' || unit == '-' ? 62 : unit == '/' || unit == '_' ? 63 : -1;
}

/* Both alphabets; everything else is skipped, and '=' ends it, as node does. */
static size_t decode_base64(const uint16_t *units, size_t count, uint8_t *out)
{
    size_t written = 0;
    uint32_t group = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < count && units[i] != '='; i++) {
        int value = base64_value(units[i]);
        if (value < 0)
            continue;
        group = group << 6 | (uint32_t)value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[written++] = (uint8_t)(group >> bits);
        }
    }
    return written;
}

static size_t encode_units(enum encoding encoding, const uint16_t *units, size_t count, uint8_t *out)
{
    switch (encoding) {
    case ENC_UTF16LE: memcpy(out, units, count * 2); return count * 2;
    case ENC_HEX: return decode_hex(units, count, out);
    case ENC_BASE64:
    case ENC_BASE64URL: return decode_base64(units, count, out);
    default:
        for (size_t i = 0; i < count; i++)
            out[i] = (uint8_t)units[i];
        return count;
    }
}

/* encode(string, encoding) => Uint8Array */
static JSValue host_encode(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    int32_t encoding;
    if (JS_ToInt32(cx, &encoding, argv[1]) < 0)
        return JS_EXCEPTION;
    if (encoding == ENC_UTF8)
        return string_to_utf8(cx, argv[0]);
    size_t count;
    const uint16_t *units = JS_ToCStringLenUTF16(cx, &count, argv[0]);
    if (!units)
        return JS_EXCEPTION;
    uint8_t *out = js_malloc(cx, count * 2 + 1);
    JSValue bytes = JS_EXCEPTION;
    if (out)
        bytes = give_bytes(cx, out, encode_units((enum encoding)encoding, units, count, out));
    JS_FreeCStringUTF16(cx, units);
    return bytes;
}

/* utf8Length(string) => bytes */
static JSValue host_utf8_length(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    size_t length;
    const char *text = JS_ToCStringLen(cx, &length, argv[0]);
    if (!text)
        return JS_EXCEPTION;
    JS_FreeCString(cx, text);
    return JS_NewInt64(cx, (int64_t)length);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("utf8Tail", 1, host_utf8_tail),
    JS_CFUNC_DEF("utf8Valid", 1, host_utf8_valid),
    JS_CFUNC_DEF("encodeInto", 2, host_encode_into),
    JS_CFUNC_DEF("decode", 4, host_decode),
    JS_CFUNC_DEF("encode", 2, host_encode),
    JS_CFUNC_DEF("utf8Length", 1, host_utf8_length),
};

void cap_install_text(JSContext *cx, JSValueConst host)
{
    JS_SetPropertyFunctionList(cx, host, functions, sizeof(functions) / sizeof(functions[0]));
}
