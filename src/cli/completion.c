/* `capsule completion SHELL`: scripts made from the tables of commands and flags. */
#include <string.h>

#include "base/cleanup.h"
#include "cli/console.h"

#define SCRIPT_MAX_BYTES (256u << 10)

static bool takes(const cli_command *command, cli_flag_id id) {
    return (command->flags | CLI_FLAG(CLI_HELP)) >> id & 1;
}

static void add_command_names(cap_buffer *out) {
    for (const cli_command *const *command = cli_commands; *command; command++)
        cap_buffer_add_format(out, "%s%s", command == cli_commands ? "" : " ", (*command)->name);
}

/* ---- bash ---- */

static void add_bash_case(cap_buffer *out, const cli_command *command) {
    cap_buffer_add_format(out, "    %s) flags='", command->name);
    for (cli_flag_id id = 0; id < CLI_FLAGS; id++)
        if (takes(command, id)) cap_buffer_add_format(out, " --%s", cli_flags[id].name);
    cap_buffer_add_format(out, "' words='%s' files=%s ;;\n", command->words ? command->words : "",
                          command->words ? "" : "yes");
}

static void add_bash(cap_buffer *out) {
    cap_buffer_add_text(out, "# bash completion for capsule; try: source <(capsule completion bash)\n"
                             "_capsule() {\n"
                             "    local current=${COMP_WORDS[COMP_CWORD]} flags= words= files= IFS=$' \\n'\n"
                             "    COMPREPLY=()\n"
                             "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                             "        COMPREPLY=($(compgen -W '");
    add_command_names(out);
    cap_buffer_add_text(out, " --help --version' -- \"$current\"))\n"
                             "        return\n"
                             "    fi\n"
                             "    case ${COMP_WORDS[1]} in\n");
    for (const cli_command *const *command = cli_commands; *command; command++) add_bash_case(out, *command);
    cap_buffer_add_text(out, "    esac\n"
                             "    case $current in\n"
                             "    -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$current\")) ;;\n"
                             "    *)\n"
                             "        COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                             "        if [ -n \"$files\" ] || [ \"${COMP_WORDS[COMP_CWORD-1]#--}\" != "
                             "\"${COMP_WORDS[COMP_CWORD-1]}\" ]; then\n"
                             "            compopt -o filenames 2>/dev/null\n"
                             "            IFS=$'\\n' # names with blanks stay whole\n"
                             "            COMPREPLY+=($(compgen -f -- \"$current\"))\n"
                             "        fi ;;\n"
                             "    esac\n"
                             "}\n"
                             "complete -F _capsule capsule\n");
}

/* ---- zsh ---- */

/* Text inside '...' of a specification: quotes, colons and brackets are escaped. */
static void add_zsh_text(cap_buffer *out, const char *text) {
    for (; *text; text++) {
        if (*text == '\'')
            cap_buffer_add_text(out, "'\\''");
        else if (strchr(":[]\\", *text))
            cap_buffer_add_format(out, "\\%c", *text);
        else
            cap_buffer_add(out, text, 1);
    }
}

static void add_zsh_flag(cap_buffer *out, const cli_flag *flag) {
    cap_buffer_add_format(out, " \\\n            '%s--%s%s[", flag->repeats ? "*" : "", flag->name, flag->optional ? "=-" : flag->value ? "=" : "");
    add_zsh_text(out, flag->help);
    cap_buffer_add_text(out, "]");
    if (flag->value) {
        cap_buffer_add_text(out, flag->optional ? "::" : ":");
        add_zsh_text(out, flag->value);
        cap_buffer_add_text(out, flag->is_path ? ":_files" : ":");
    }
    cap_buffer_add_text(out, "'");
}

static void add_zsh_case(cap_buffer *out, const cli_command *command) {
    cap_buffer_add_format(out, "    %s)\n        _arguments", command->name);
    for (cli_flag_id id = 0; id < CLI_FLAGS; id++)
        if (takes(command, id)) add_zsh_flag(out, &cli_flags[id]);
    if (!command->words)
        cap_buffer_add_text(out, " \\\n            '*:file:_files'");
    else if (*command->words)
        cap_buffer_add_format(out, " \\\n            '*:what:(%s)'", command->words);
    cap_buffer_add_text(out, " ;;\n");
}

static void add_zsh(cap_buffer *out) {
    cap_buffer_add_text(out, "#compdef capsule\n"
                             "# zsh completion for capsule; put it into $fpath as _capsule, or source it\n"
                             "_capsule() {\n"
                             "    local -a commands\n"
                             "    commands=(");
    for (const cli_command *const *command = cli_commands; *command; command++) {
        cap_buffer_add_format(out, "\n        '%s:", (*command)->name);
        add_zsh_text(out, (*command)->summary);
        cap_buffer_add_text(out, "'");
    }
    cap_buffer_add_text(out, "\n    )\n"
                             "    if (( CURRENT == 2 )); then\n"
                             "        _describe command commands\n"
                             "        return\n"
                             "    fi\n"
                             "    local command=$words[2]\n"
                             "    shift words\n"
                             "    (( CURRENT-- ))\n"
                             "    case $command in\n");
    for (const cli_command *const *command = cli_commands; *command; command++) add_zsh_case(out, *command);
    cap_buffer_add_text(out, "    esac\n"
                             "}\n"
                             "if [ \"$funcstack[1]\" = _capsule ]; then\n"
                             "    _capsule \"$@\"\n"
                             "else\n"
                             "    compdef _capsule capsule\n"
                             "fi\n");
}

/* ---- fish ---- */

/* 'text' with quotes and backslashes escaped. */
static void add_fish_text(cap_buffer *out, const char *text) {
    cap_buffer_add_text(out, "'");
    for (; *text; text++) cap_buffer_add_format(out, "%s%c", strchr("'\\", *text) ? "\\" : "", *text);
    cap_buffer_add_text(out, "'");
}

static void add_fish_flag(cap_buffer *out, const cli_command *command, const cli_flag *flag) {
    cap_buffer_add_format(out, "complete -c capsule -n '__fish_seen_subcommand_from %s' -l %s", command->name, flag->name);
    if (flag->letter) cap_buffer_add_format(out, " -s %c", flag->letter);
    if (flag->value) cap_buffer_add_text(out, flag->is_path ? " -r" : " -x");
    cap_buffer_add_text(out, " -d ");
    add_fish_text(out, flag->help);
    cap_buffer_add_text(out, "\n");
}

static void add_fish(cap_buffer *out) {
    cap_buffer_add_text(out, "# fish completion for capsule; try: capsule completion fish | source\n");
    for (const cli_command *const *each = cli_commands; *each; each++) {
        const cli_command *command = *each;
        cap_buffer_add_format(out, "complete -c capsule -f -n __fish_use_subcommand -a %s -d ", command->name);
        add_fish_text(out, command->summary);
        cap_buffer_add_text(out, "\n");
        for (cli_flag_id id = 0; id < CLI_FLAGS; id++)
            if (takes(command, id)) add_fish_flag(out, command, &cli_flags[id]);
        if (command->words)
            cap_buffer_add_format(out, "complete -c capsule -f -n '__fish_seen_subcommand_from %s' -a '%s'\n",
                                  command->name, command->words);
    }
}

static int completion(const cli_arguments *arguments) {
    static const struct {
        const char *shell;
        void (*add)(cap_buffer *out);
    } shells[] = {{"bash", add_bash}, {"zsh", add_zsh}, {"fish", add_fish}};
    const char *shell = arguments->operands[0];
    for (size_t i = 0; i < CAP_COUNT(shells); i++) {
        if (strcmp(shell, shells[i].shell)) continue;
        cap_autobuffer cap_buffer script;
        cap_buffer_init(&script, SCRIPT_MAX_BYTES);
        shells[i].add(&script);
        return cli_print(&script);
    }
    return cli_usage_error(arguments->command, "unknown shell '%.80s': bash, zsh and fish are known", shell);
}

const cli_command cli_completion = {
    .name = "completion",
    .operands = "bash|zsh|fish",
    .summary = "Print a completion script for a shell",
    .description = "For bash: source <(capsule completion bash)\n"
                   "For zsh:  capsule completion zsh > ~/.zfunc/_capsule  (a directory of $fpath)\n"
                   "For fish: capsule completion fish > ~/.config/fish/completions/capsule.fish\n",
    .words = "bash zsh fish",
    .operands_least = 1,
    .operands_most = 1,
    .run = completion,
};
