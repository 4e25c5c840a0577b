// The only C++ of the house: toml++ behind the small C interface of toml.h. Nothing is thrown across it.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1 // without them the library ends the process when memory is short
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#define TOML_MAX_NESTED_VALUES 16

#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <new>
#include <toml++/toml.h>

extern "C" {
#include "policy/toml.h"
}

namespace {

// toml++ bounds nested arrays and inline tables (above), not dotted keys, and frees tables by recursion: a line of
// thousands of dots would overflow the stack. Lines with more are refused; real lists of hosts stay far below.
constexpr unsigned line_dots_max = 512;
constexpr unsigned depth_max = 64;
constexpr int double_digits = 17; // enough to read the same double back

int complain(cap_toml_problem *problem, unsigned line, unsigned column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

int complain(cap_toml_problem *problem, unsigned line, unsigned column, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    problem->line = line;
    problem->column = column;
    vsnprintf(problem->text, sizeof problem->text, format, arguments);
    va_end(arguments);
    return -1;
}

int check_dots(const char *text, size_t length, cap_toml_problem *problem) {
    unsigned dots = 0, line = 1;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') {
            dots = 0;
            line++;
        } else if (text[i] == '.' && ++dots > line_dots_max) {
            return complain(problem, line, 0, "more than %u dots in one line", line_dots_max);
        }
    }
    return 0;
}

void write_date(const toml::date &date, cap_buffer *out) {
    cap_buffer_add_format(out, "%04u-%02u-%02u", unsigned(date.year), unsigned(date.month), unsigned(date.day));
}

void write_time(const toml::time &time, cap_buffer *out) {
    cap_buffer_add_format(out, "%02u:%02u:%02u.%09u", unsigned(time.hour), unsigned(time.minute), unsigned(time.second),
                          unsigned(time.nanosecond));
}

void write_offset(const toml::time_offset &offset, cap_buffer *out) {
    int minutes = offset.minutes < 0 ? -offset.minutes : offset.minutes;
    cap_buffer_add_format(out, "%c%02d:%02d", offset.minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

void write_date_time(const toml::date_time &value, cap_buffer *out) {
    write_date(value.date, out);
    cap_buffer_add_text(out, "T");
    write_time(value.time, out);
    if (value.offset) write_offset(*value.offset, out);
}

bool write_node(const toml::node &node, cap_buffer *out, unsigned depth);

bool write_table(const toml::table &table, cap_buffer *out, unsigned depth) {
    cap_buffer_add_text(out, "{");
    for (auto &&[key, value] : table) {
        if (out->data && out->data[out->length - 1] != '{') cap_buffer_add_text(out, ",");
        cap_buffer_add_json_string(out, key.str().data(), key.str().size());
        cap_buffer_add_text(out, ":");
        if (!write_node(value, out, depth)) return false;
    }
    cap_buffer_add_text(out, "}");
    return true;
}

bool write_array(const toml::array &array, cap_buffer *out, unsigned depth) {
    cap_buffer_add_text(out, "[");
    for (size_t i = 0; i < array.size(); i++) {
        if (i) cap_buffer_add_text(out, ",");
        if (!write_node(array[i], out, depth)) return false;
    }
    cap_buffer_add_text(out, "]");
    return true;
}

bool write_node(const toml::node &node, cap_buffer *out, unsigned depth) {
    if (depth >= depth_max) return false;
    if (auto table = node.as_table()) return write_table(*table, out, depth + 1);
    if (auto array = node.as_array()) return write_array(*array, out, depth + 1);
    if (auto text = node.as_string()) {
        cap_buffer_add_json_string(out, text->get().data(), text->get().size());
    } else if (auto integer = node.as_integer()) {
        cap_buffer_add_format(out, "%lld", static_cast<long long>(integer->get()));
    } else if (auto number = node.as_floating_point()) {
        if (std::isfinite(number->get()))
            cap_buffer_add_format(out, "%.*e", double_digits - 1, number->get());
        else
            cap_buffer_add_text(out, "null");
    } else if (auto flag = node.as_boolean()) {
        cap_buffer_add_text(out, flag->get() ? "true" : "false");
    } else { // dates: digits and punctuation only, no escapes needed
        cap_buffer_add_text(out, "\"");
        if (auto date = node.as_date()) write_date(date->get(), out);
        if (auto time = node.as_time()) write_time(time->get(), out);
        if (auto both = node.as_date_time()) write_date_time(both->get(), out);
        cap_buffer_add_text(out, "\"");
    }
    return true;
}

int convert(std::string_view document, cap_buffer *out, cap_toml_problem *problem) {
    toml::table parsed = toml::parse(document);
    if (!write_node(parsed, out, 0)) return complain(problem, 0, 0, "nested deeper than %u levels", depth_max);
    if (out->failed) return complain(problem, 0, 0, "too large");
    return 0;
}

} // namespace

int cap_toml_to_json(const char *text, size_t length, cap_buffer *out, cap_toml_problem *problem) {
    if (check_dots(text, length, problem) < 0) return -1;
    try {
        return convert(std::string_view(text, length), out, problem);
    } catch (const toml::parse_error &error) {
        auto where = error.source().begin;
        std::string_view what = error.description();
        return complain(problem, unsigned(where.line), unsigned(where.column), "%.*s", int(what.size()), what.data());
    } catch (...) { // the standard library's allocator
        return complain(problem, 0, 0, "out of memory");
    }
}
