/* The files of a first project. */
#ifndef CAP_CLI_TEMPLATES_H
#define CAP_CLI_TEMPLATES_H

typedef struct cli_template {
    const char *path; /* in the project; directories on the way are made */
    const char *text; /* "@NAME@" stands for the project's name */
} cli_template;

/* Both end with a NULL path. */
extern const cli_template cli_python_templates[];
extern const cli_template cli_typescript_templates[];

#endif
