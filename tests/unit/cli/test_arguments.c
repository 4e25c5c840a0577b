/* Flags, operands, and where the one ends and the other begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "cli/cli.h"

#define WORDS_MAX 16

/* A command like `run`. */
static const cli_command trailing = {
    .name = "run",
    .operands = "[FILE] [ARGS]...",
    .flags = CLI_FLAG(CLI_JSON) | CLI_FLAG(CLI_VERBOSE) | CLI_FLAG(CLI_MOUNT) | CLI_FLAG(CLI_ARGS_FILE) |
             CLI_FLAG(CLI_MAX_RAM) | CLI_FLAG(CLI_DETERMINISTIC),
    .operands_most = 1,
    .trailing = true,
};
/* `run` with strings. */
static const cli_command with_strings = {
    .name = "run",
    .operands = "[FILE | -c CODE | -] [ARGS]...",
    .flags = CLI_FLAG(CLI_JSON) | CLI_FLAG(CLI_ARGS_FILE) | CLI_FLAG(CLI_CODE) | CLI_FLAG(CLI_RAM) | CLI_FLAG(CLI_ENV),
    .string_flags = CLI_FLAG(CLI_RAM) | CLI_FLAG(CLI_ENV),
    .operands_most = 1,
    .trailing = true,
};
/* A command like `trace`. */
static const cli_command plain = {
    .name = "trace", .operands = "[ID]", .flags = CLI_FLAG(CLI_JSON) | CLI_FLAG(CLI_LIMIT), .operands_most = 1};

/* Reads a command line split at blanks; `words` keeps what the arguments point to. */
static void read_line(const cli_command *command, const char *line, char *copy, char **words, cli_arguments *out) {
    int count = 0;
    strcpy(copy, line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) words[count++] = word;
    cli_arguments_read(command, count, words, out);
}

static void test_operands(void **state) {
    (void)state;
    static const struct {
        const char *line, *operands; /* joined by blanks */
        uint64_t given;
    } cases[] = {
        {"", "", 0},
        {"f.py", "f.py", 0},
        {"f.py a b", "f.py a b", 0},
        {"--json f.py a", "f.py a", CLI_FLAG(CLI_JSON)},
        {"f.py --json a", "f.py a", CLI_FLAG(CLI_JSON)},
        {"f.py a --json", "f.py a --json", 0},
        {"f.py str --json --verbose", "f.py str --json --verbose", 0},
        {"f.py --unknown", "f.py --unknown", 0},
        {"f.py --unknown --json", "f.py --unknown --json", 0},
        {"f.py -x", "f.py -x", 0},
        {"f.py -5 --json", "f.py -5 --json", 0},
        {"f.py --js", "f.py --js", 0}, /* no abbreviations */
        {"f.py --verb a", "f.py --verb a", 0},
        {"f.py -- --json", "f.py --json", 0},
        {"f.py a -- b", "f.py a -- b", 0},
        {"-- f.py --json", "f.py --json", 0},
        {"-- --json", "--json", 0},
        {"- a", "- a", 0},
        {"f.py -", "f.py -", 0},
        {"--mount a --mount=b:ro f.py", "f.py", CLI_FLAG(CLI_MOUNT)},
        {"--max-ram -1 f.py", "f.py", CLI_FLAG(CLI_MAX_RAM)},
        {"--max-ram= f.py", "f.py", CLI_FLAG(CLI_MAX_RAM)},
        {"--json --json f.py", "f.py", CLI_FLAG(CLI_JSON)},
        {"--deterministic f.py", "f.py", CLI_FLAG(CLI_DETERMINISTIC)},
        {"--deterministic 5 f.py", "5 f.py", CLI_FLAG(CLI_DETERMINISTIC)}, /* a seed stands behind a '=' alone */
        {"--deterministic=5 f.py", "f.py", CLI_FLAG(CLI_DETERMINISTIC)},
        {"f.py --deterministic 5", "f.py 5", CLI_FLAG(CLI_DETERMINISTIC)},
        {"--deterministic=5 --deterministic f.py", "f.py", CLI_FLAG(CLI_DETERMINISTIC)},
        {"-h", "", CLI_FLAG(CLI_HELP)},
        {"f.py --help", "f.py", CLI_FLAG(CLI_HELP)},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        char copy[256], joined[256] = "", *words[WORDS_MAX];
        cli_arguments arguments;
        read_line(&trailing, cases[i].line, copy, words, &arguments);
        if (arguments.problem[0]) fail_msg("%s: %s", cases[i].line, arguments.problem);
        for (size_t j = 0; j < arguments.operand_count; j++)
            strcat(strcat(joined, j ? " " : ""), arguments.operands[j]);
        assert_string_equal(joined, cases[i].operands);
        assert_int_equal(arguments.given, cases[i].given);
    }
}

static void test_strings(void **state) {
    (void)state;
    static const struct {
        const char *line, *operands;
        uint64_t given;
        size_t first_argument;
    } cases[] = {
        {"-c 1", "", CLI_FLAG(CLI_CODE), 0},
        {"-c1", "", CLI_FLAG(CLI_CODE), 0},
        {"--code=--x", "", CLI_FLAG(CLI_CODE), 0},
        {"-c -1", "", CLI_FLAG(CLI_CODE), 0},
        {"-c 1 a b", "a b", CLI_FLAG(CLI_CODE), 0},
        {"-c 1 --json a --json", "a --json", CLI_FLAG(CLI_CODE) | CLI_FLAG(CLI_JSON), 0},
        {"-c 1 --ram 2 a --ram 3", "a --ram 3", CLI_FLAG(CLI_CODE) | CLI_FLAG(CLI_RAM), 0},
        {"-c 1 -c 2", "-c 2", CLI_FLAG(CLI_CODE), 0},
        {"-c 1 -x", "-x", CLI_FLAG(CLI_CODE), 0},
        {"-c 1 -- --json", "--json", CLI_FLAG(CLI_CODE), 0},
        {"-c 1 -", "-", CLI_FLAG(CLI_CODE), 0},
        {"- --ram 2 a", "- a", CLI_FLAG(CLI_RAM), 1},
        {"- -c a", "- -c a", 0, 1},
        {"--ram 2 f.py", "f.py", CLI_FLAG(CLI_RAM), 1}, /* for the command to refuse */
        {"f.py --ram 2", "f.py --ram 2", 0, 1},
        {"f.py --env A --json", "f.py --env A --json", 0, 1},
        {"f.py -c 1", "f.py -c 1", 0, 1},
        {"f.py --json --ram", "f.py --ram", CLI_FLAG(CLI_JSON), 1},
        {"-c 1 --args-file f", "", CLI_FLAG(CLI_CODE) | CLI_FLAG(CLI_ARGS_FILE), 0},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        char copy[256], joined[256] = "", *words[WORDS_MAX];
        cli_arguments arguments;
        read_line(&with_strings, cases[i].line, copy, words, &arguments);
        if (arguments.problem[0]) fail_msg("%s: %s", cases[i].line, arguments.problem);
        for (size_t j = 0; j < arguments.operand_count; j++)
            strcat(strcat(joined, j ? " " : ""), arguments.operands[j]);
        assert_string_equal(joined, cases[i].operands);
        if (arguments.given != cases[i].given) fail_msg("%s: given %llx", cases[i].line, (unsigned long long)arguments.given);
        assert_int_equal(arguments.first_argument, cases[i].first_argument);
        assert_int_equal(cli_is_string(&arguments), cases[i].operands[0] == '-' || cases[i].given >> CLI_CODE & 1);
    }
}

static void test_values(void **state) {
    (void)state;
    char copy[256], *words[WORDS_MAX];
    cli_arguments arguments;
    read_line(&trailing, "--mount a --max-ram=1GB --mount b:ro f.py --mount=c", copy, words, &arguments);
    assert_string_equal(arguments.problem, "");
    assert_int_equal(arguments.mount_count, 3);
    assert_string_equal(arguments.mounts[1], "b:ro");
    assert_string_equal(arguments.mounts[2], "c");
    assert_null(arguments.mounts[3]);
    assert_string_equal(arguments.values[CLI_MAX_RAM], "1GB");
    read_line(&plain, "-n 5 abc", copy, words, &arguments);
    assert_string_equal(arguments.values[CLI_LIMIT], "5");
    assert_string_equal(arguments.operands[0], "abc");
    read_line(&plain, "-n7 abc", copy, words, &arguments);
    assert_string_equal(arguments.values[CLI_LIMIT], "7");
    read_line(&plain, "-hn7", copy, words, &arguments);
    assert_string_equal(arguments.problem, "unknown flag '-hn7'");
}

static void test_problems(void **state) {
    (void)state;
    static const struct {
        const cli_command *command;
        const char *line, *problem;
    } cases[] = {
        {&trailing, "--foo f.py", "unknown flag '--foo'"},
        {&trailing, "--jsn f.py", "unknown flag '--jsn', did you mean '--json'?"},
        {&trailing, "-x f.py", "unknown flag '-x'"},
        {&trailing, "--json=1 f.py", "--json takes no value"},
        {&trailing, "f.py --mount", "--mount needs a value HOST[::GUEST][:ro|:rw]"},
        {&trailing, "--mount --json f.py", "--mount needs a value HOST[::GUEST][:ro|:rw] (write --mount=--json"},
        {&trailing, "--max-ram 1 --max-ram 2 f.py", "--max-ram is given twice"},
        {&trailing, "--deterministic=1 --deterministic=2 f.py", "--deterministic is given twice"},
        {&trailing, "--args-file x f.py a", "--args-file and ARGS exclude each other"},
        {&trailing, "f.py --args-file x a", "--args-file and ARGS exclude each other"},
        {&with_strings, "-c", "--code needs a value CODE"},
        {&with_strings, "-c --json", "--code needs a value CODE (write --code=--json"},
        {&with_strings, "-c 1 --args-file x a", "--args-file and ARGS exclude each other"},
        {&plain, "a b", "one argument too many: 'b'"},
        {&plain, "a --verbose", "unknown flag '--verbose'"},
        {&plain, "--limt=3", "unknown flag '--limt=3', did you mean '--limit'?"},
        {&plain, "-n", "--limit needs a value N"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        char copy[256], *words[WORDS_MAX];
        cli_arguments arguments;
        read_line(cases[i].command, cases[i].line, copy, words, &arguments);
        if (!strstr(arguments.problem, cases[i].problem))
            fail_msg("%s: got \"%s\"", cases[i].line, arguments.problem);
    }
}

/* --json is seen wherever it stands, so that the answer about a mistake is JSON too. */
static void test_json_is_seen_behind_a_mistake(void **state) {
    (void)state;
    char copy[256], *words[WORDS_MAX];
    cli_arguments arguments;
    read_line(&trailing, "--foo --json f.py", copy, words, &arguments);
    assert_true(cli_given(&arguments, CLI_JSON));
    assert_string_equal(arguments.problem, "unknown flag '--foo'");
}

static void test_hostile(void **state) {
    (void)state;
    cap_autofree char *long_word = malloc(1u << 20);
    memset(long_word, 'x', (1u << 20) - 1);
    long_word[0] = long_word[1] = '-';
    long_word[(1u << 20) - 1] = 0;
    char *words[CLI_MOUNTS_MAX + 3];
    cli_arguments arguments;
    words[0] = long_word;
    cli_arguments_read(&trailing, 1, words, &arguments);
    assert_true(strlen(arguments.problem) < CLI_PROBLEM_MAX);
    static char mount[] = "--mount=a";
    for (size_t i = 0; i < CAP_COUNT(words); i++) words[i] = mount;
    cli_arguments_read(&trailing, (int)CAP_COUNT(words), words, &arguments);
    assert_string_equal(arguments.problem, "more than 64 mounts");
    static char empty[] = "";
    words[0] = empty;
    cli_arguments_read(&trailing, 1, words, &arguments);
    assert_int_equal(arguments.operand_count, 1);
}

static void test_number(void **state) {
    (void)state;
    const char *problem;
    assert_int_equal(cli_number("20", 100, &problem), 20);
    assert_null(problem);
    static const char *const bad[] = {"", "0", "-1", "101", "1x", "99999999999999999999999", "1e1"};
    for (size_t i = 0; i < CAP_COUNT(bad); i++) {
        assert_int_equal(cli_number(bad[i], 100, &problem), 0);
        assert_non_null(problem);
    }
}

static void test_seed(void **state) {
    (void)state;
    uint64_t seed = 9;
    assert_int_equal(cli_seed("0", &seed), 0);
    assert_int_equal(seed, 0);
    assert_int_equal(cli_seed("18446744073709551615", &seed), 0);
    assert_true(seed == UINT64_MAX);
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "18446744073709551616", "99999999999999999999999"};
    for (size_t i = 0; i < CAP_COUNT(bad); i++) assert_int_equal(cli_seed(bad[i], &seed), -1);
    assert_true(seed == UINT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operands),
        cmocka_unit_test(test_strings), cmocka_unit_test(test_values),
        cmocka_unit_test(test_problems), cmocka_unit_test(test_json_is_seen_behind_a_mistake),
        cmocka_unit_test(test_hostile),  cmocka_unit_test(test_number),
        cmocka_unit_test(test_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
