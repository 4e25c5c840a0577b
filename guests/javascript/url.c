/* URL parsing by Ada, the WHATWG URL parser that node uses. */
#include <string.h>

#include "ada_c.h"
#include "guest.h"

/* Parts in the order of the array below and of prelude/web/url.js. */
enum part { PART_HREF, PART_PROTOCOL, PART_USERNAME, PART_PASSWORD, PART_HOST, PART_HOSTNAME, PART_PORT, PART_PATHNAME,
            PART_SEARCH, PART_HASH, PART_COUNT };

/* [href, protocol, username, password, host, hostname, port, pathname, search, hash, origin] */
static JSValue parts_array(JSContext *cx, ada_url url)
{
    ada_string part[PART_COUNT] = {
        ada_get_href(url), ada_get_protocol(url), ada_get_username(url), ada_get_password(url), ada_get_host(url),
        ada_get_hostname(url), ada_get_port(url), ada_get_pathname(url), ada_get_search(url), ada_get_hash(url),
    };
    JSValue values[PART_COUNT + 1];
    for (int i = 0; i < PART_COUNT; i++)
        values[i] = JS_NewStringLen(cx, part[i].data ? part[i].data : "", part[i].length);
    ada_owned_string origin = ada_get_origin(url);
    values[PART_COUNT] = JS_NewStringLen(cx, origin.data, origin.length);
    ada_free_owned_string(origin);
    return JS_NewArrayFrom(cx, PART_COUNT + 1, values);
}

/* urlParse(input, base or undefined) => parts, or null when it is no valid URL */
static JSValue host_url_parse(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    size_t length, base_length;
    JSValue result = JS_EXCEPTION;
    const char *base = NULL;
    bool has_base = !JS_IsUndefined(argv[1]);
    const char *input = cap_string_utf8(cx, argv[0], &length);
    if (!input || (has_base && !(base = cap_string_utf8(cx, argv[1], &base_length))))
        goto done;
    ada_url url = has_base ? ada_parse_with_base(input, length, base, base_length) : ada_parse(input, length);
    result = ada_is_valid(url) ? parts_array(cx, url) : JS_NULL;
    ada_free(url);
done:
    JS_FreeCString(cx, base);
    JS_FreeCString(cx, input);
    return result;
}

static void set_part(ada_url url, enum part part, const char *value, size_t length)
{
    switch (part) {
    case PART_HREF: ada_set_href(url, value, length); break;
    case PART_PROTOCOL: ada_set_protocol(url, value, length); break;
    case PART_USERNAME: ada_set_username(url, value, length); break;
    case PART_PASSWORD: ada_set_password(url, value, length); break;
    case PART_HOST: ada_set_host(url, value, length); break;
    case PART_HOSTNAME: ada_set_hostname(url, value, length); break;
    case PART_PORT: ada_set_port(url, value, length); break;
    case PART_PATHNAME: ada_set_pathname(url, value, length); break;
    case PART_SEARCH: ada_set_search(url, value, length); break;
    case PART_HASH: ada_set_hash(url, value, length); break;
    case PART_COUNT: break;
    }
}

/* urlSet(href, part, value) => parts; unchanged ones when the value is not acceptable */
static JSValue host_url_set(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    size_t length, value_length;
    int32_t part;
    JSValue result = JS_EXCEPTION;
    const char *value = NULL;
    if (JS_ToInt32(cx, &part, argv[1]) < 0)
        return JS_EXCEPTION;
    const char *href = cap_string_utf8(cx, argv[0], &length);
    if (!href || !(value = cap_string_utf8(cx, argv[2], &value_length)))
        goto done;
    ada_url url = ada_parse(href, length);
    if (ada_is_valid(url)) {
        set_part(url, (enum part)part, value, value_length);
        result = parts_array(cx, url);
    } else {
        result = JS_NULL;
    }
    ada_free(url);
done:
    JS_FreeCString(cx, value);
    JS_FreeCString(cx, href);
    return result;
}

/* domainTo(domain, unicode) => string, "" when invalid */
static JSValue host_domain_to(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    size_t length;
    const char *domain = cap_string_utf8(cx, argv[0], &length);
    if (!domain)
        return JS_EXCEPTION;
    ada_owned_string out =
        JS_ToBool(cx, argv[1]) ? ada_idna_to_unicode(domain, length) : ada_idna_to_ascii(domain, length);
    JSValue text = JS_NewStringLen(cx, out.data, out.length);
    ada_free_owned_string(out);
    JS_FreeCString(cx, domain);
    return text;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("urlParse", 2, host_url_parse),
    JS_CFUNC_DEF("urlSet", 3, host_url_set),
    JS_CFUNC_DEF("domainTo", 2, host_domain_to),
};

void cap_install_url(JSContext *cx, JSValueConst host)
{
    JS_SetPropertyFunctionList(cx, host, functions, sizeof(functions) / sizeof(functions[0]));
}
