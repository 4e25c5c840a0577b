/*
 * Address and name functions that the guest's C library declares and lacks.
 *
 * A sandbox has no resolver of its own.  Numeric addresses and "localhost" are
 * translated here; every other name is refused with a text that says why.  The
 * signatures are those of the headers: a mismatch would become a trap at the
 * call.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PORT_MOST = 65535 };

/* One result with its address, freed as a whole. */
struct answer {
    struct addrinfo info;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
};

static int last_error;

int *__h_errno_location(void) {
    return &last_error;
}

const char *gai_strerror(int code) {
    switch (code) {
    case EAI_BADFLAGS: return "unknown flag";
    case EAI_NONAME: return "not a numeric address, and names are not to be found in this sandbox";
    case EAI_FAIL: return "name resolution is not available in this sandbox";
    case EAI_FAMILY: return "address family not supported";
    case EAI_SOCKTYPE: return "socket type not supported";
    case EAI_SERVICE: return "not a port number";
    case EAI_MEMORY: return "out of memory";
    case EAI_OVERFLOW: return "buffer too small";
    default: return "address translation failed";
    }
}

/* The port in `service`, which may be NULL; -1 when it is none. */
static int port_number(const char *service) {
    char *end = NULL;
    long port = 0;
    if (!service || !*service)
        return 0;
    port = strtol(service, &end, 10);
    return *end || port < 0 || port > PORT_MOST ? -1 : (int)port;
}

/* Translates `node` (NULL: this host) into `out`; returns an EAI code. */
static int translate(const char *node, int family, int flags, struct answer *out) {
    int passive = (flags & AI_PASSIVE) != 0;
    if (family != AF_UNSPEC && family != AF_INET && family != AF_INET6)
        return EAI_FAMILY;
    memset(&out->address, 0, sizeof out->address);
    if (!node)
        node = family == AF_INET6 ? (passive ? "::" : "::1") : (passive ? "0.0.0.0" : "127.0.0.1");
    else if (strcmp(node, "localhost") == 0)
        node = family == AF_INET6 ? "::1" : "127.0.0.1";
    if (family != AF_INET6 && inet_pton(AF_INET, node, &out->address.v4.sin_addr) == 1) {
        out->address.v4.sin_family = AF_INET;
        return 0;
    }
    if (family != AF_INET && inet_pton(AF_INET6, node, &out->address.v6.sin6_addr) == 1) {
        out->address.v6.sin6_family = AF_INET6;
        return 0;
    }
    return flags & AI_NUMERICHOST ? EAI_NONAME : EAI_FAIL;
}

/* A copy of `address` for one socket type, put before `next`; NULL without memory. */
static struct addrinfo *new_answer(const struct answer *address, int port, int type, struct addrinfo *next) {
    struct answer *made = malloc(sizeof *made);
    int v6 = address->address.any.sa_family == AF_INET6;
    if (!made)
        return NULL;
    *made = *address;
    if (v6)
        made->address.v6.sin6_port = htons((unsigned short)port);
    else
        made->address.v4.sin_port = htons((unsigned short)port);
    made->info = (struct addrinfo){
        .ai_family = address->address.any.sa_family,
        .ai_socktype = type,
        .ai_protocol = type == SOCK_STREAM ? PROTOCOL_TCP : PROTOCOL_UDP,
        .ai_addrlen = v6 ? sizeof made->address.v6 : sizeof made->address.v4,
        .ai_addr = &made->address.any,
        .ai_next = next,
    };
    return &made->info;
}

int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict result) {
    struct addrinfo wanted = hints ? *hints : (struct addrinfo){.ai_family = AF_UNSPEC};
    struct addrinfo *list = NULL;
    struct answer address;
    int port = port_number(service);
    int code;

    if (!node && !service)
        return EAI_NONAME;
    if (wanted.ai_socktype && wanted.ai_socktype != SOCK_STREAM && wanted.ai_socktype != SOCK_DGRAM)
        return EAI_SOCKTYPE;
    if (port < 0)
        return EAI_SERVICE;
    code = translate(node, wanted.ai_family, wanted.ai_flags, &address);
    if (code)
        return code;
    for (int type = SOCK_DGRAM; ; type = SOCK_STREAM) {
        if (!wanted.ai_socktype || wanted.ai_socktype == type) {
            struct addrinfo *more = new_answer(&address, port, type, list);
            if (!more) {
                freeaddrinfo(list);
                return EAI_MEMORY;
            }
            list = more;
        }
        if (type == SOCK_STREAM)
            break;
    }
    *result = list;
    return 0;
}

void freeaddrinfo(struct addrinfo *list) {
    while (list) {
        struct addrinfo *next = list->ai_next;
        free(list); /* the first member of its struct answer */
        list = next;
    }
}

int getnameinfo(const struct sockaddr *restrict address, socklen_t length, char *restrict host,
                socklen_t host_size, char *restrict service, socklen_t service_size, int flags) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    int is_v6 = address->sa_family == AF_INET6;
    unsigned port;

    if ((!is_v6 && address->sa_family != AF_INET) || length < (is_v6 ? sizeof *v6 : sizeof *v4))
        return EAI_FAMILY;
    if (flags & NI_NAMEREQD)
        return EAI_NONAME;
    port = ntohs(is_v6 ? v6->sin6_port : v4->sin_port);
    if (host && host_size
        && !inet_ntop(address->sa_family, is_v6 ? (const void *)&v6->sin6_addr : (const void *)&v4->sin_addr,
                      host, host_size))
        return EAI_OVERFLOW;
    if (service && service_size && snprintf(service, service_size, "%u", port) >= (int)service_size)
        return EAI_OVERFLOW;
    return 0;
}

struct hostent *gethostbyname(const char *name) {
    static struct in_addr address;
    static char *addresses[2] = {(char *)&address, NULL};
    static char *aliases[1];
    static char text[INET_ADDRSTRLEN];
    static struct hostent entry = {.h_aliases = aliases, .h_addrtype = AF_INET,
                                   .h_length = sizeof address, .h_addr_list = addresses};
    if (inet_pton(AF_INET, strcmp(name, "localhost") ? name : "127.0.0.1", &address) != 1) {
        last_error = HOST_NOT_FOUND;
        return NULL;
    }
    inet_ntop(AF_INET, &address, text, sizeof text);
    entry.h_name = text;
    return &entry;
}

struct hostent *gethostbyaddr(const void *address, socklen_t length, int family) {
    (void)address, (void)length, (void)family;
    last_error = HOST_NOT_FOUND;
    return NULL;
}

int gethostname(char *name, size_t size) {
    static const char host[] = "localhost";
    if (size < sizeof host) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name, host, sizeof host);
    return 0;
}
