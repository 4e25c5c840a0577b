#include "cli/templates.h"

#include <stddef.h>

#define CONFIG(entrypoint)                                                    \
    "[workflow]\n"                                                            \
    "name = \"@NAME@\"\n"                                                     \
    "version = \"0.1.0\"\n"                                                   \
    "entrypoint = \"" entrypoint "\"        # what `capsule run` starts\n"     \
    "\n"                                                                      \
    "[tasks]                        # for tasks that do not say otherwise\n"  \
    "default_compute = \"MEDIUM\"\n"                                          \
    "default_timeout = \"30s\"\n"                                             \
    "\n"                                                                      \
    "[limits]                       # the most any task gets, whatever it asks for\n" \
    "max_ram = \"1GB\"\n"                                                     \
    "max_timeout = \"2m\"\n"

/* ---- Python ---- */

static const char python_main[] =
    "\"\"\"A first program. Run it with: capsule run main.py World\"\"\"\n"
    "\n"
    "from capsule import task\n"
    "\n"
    "\n"
    "@task(name=\"greet\", compute=\"LOW\", ram=\"128MB\", timeout=\"5s\")\n"
    "def greet(name: str) -> str:\n"
    "    return f\"Hello, {name}!\"\n"
    "\n"
    "\n"
    "@task(name=\"main\", compute=\"LOW\", timeout=\"10s\")\n"
    "def main(name: str = \"World\") -> dict[str, str]:\n"
    "    print(\"running in a sandbox\")\n"
    "    outcome = greet(name)  # in a sandbox of its own, with limits of its own\n"
    "    if not outcome[\"success\"]:\n"
    "        raise RuntimeError(outcome[\"error\"][\"message\"])\n"
    "    return {\"greeting\": outcome[\"result\"]}\n";

static const char python_project[] =
    "[project]\n"
    "name = \"@NAME@\"\n"
    "version = \"0.1.0\"\n"
    "requires-python = \">=3.13\"\n"
    "\n"
    "# Types for the editor; the sandbox brings its own `capsule` package.\n"
    "[tool.pyright]\n"
    "stubPath = \"typings\"\n"
    "pythonVersion = \"3.13\"\n"
    "\n"
    "[tool.mypy]\n"
    "mypy_path = \"typings\"\n"
    "python_version = \"3.13\"\n";

#define PROGRAM_OPTIONS                                                      \
    "    compute: str | int | None = None,\n"                               \
    "    ram: str | int | None = None,\n"                                   \
    "    timeout: str | int | None = None,\n"                               \
    "    allowed_files: Sequence[str | AllowedFile] | None = None,\n"       \
    "    allowed_hosts: Sequence[str] | None = None,\n"                     \
    "    env_variables: Sequence[str] | None = None,\n"                     \
    ") -> Any: ...\n"

static const char python_stub[] =
    "\"\"\"Types of the `capsule` package as programs in a sandbox see it.\"\"\"\n"
    "\n"
    "from collections.abc import Callable, Iterable, Mapping, Sequence\n"
    "from typing import Any, Literal, NotRequired, ParamSpec, Protocol, TypedDict\n"
    "\n"
    "from . import http as http\n"
    "\n"
    "P = ParamSpec(\"P\")\n"
    "\n"
    "class AllowedFile(TypedDict):\n"
    "    path: str\n"
    "    mode: NotRequired[Literal[\"read-only\", \"read-write\", \"ro\", \"rw\"] | None]\n"
    "\n"
    "class Task(Protocol[P]):\n"
    "    \"\"\"A decorated function. Of an `async def` every call of it is to be awaited.\"\"\"\n"
    "\n"
    "    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any: ...\n"
    "    def value(self, *args: P.args, **kwargs: P.kwargs) -> Any: ...\n"
    "    def map(\n"
    "        self,\n"
    "        items: Iterable[Any],\n"
    "        max_parallel: int | None = None,\n"
    "        *,\n"
    "        cancel_on_failure: bool | None = None,\n"
    "        values: bool = False,\n"
    "    ) -> Any: ...\n"
    "    starmap = map\n"
    "\n"
    "class TaskError(Exception):\n"
    "    error_type: str\n"
    "    message: str\n"
    "    traceback: str | None\n"
    "    task_name: str | None\n"
    "    envelope: dict[str, Any]\n"
    "\n"
    "def unwrap(envelope: Mapping[str, Any]) -> Any: ...\n"
    "def run_file(\n"
    "    path: str,\n"
    "    args: Sequence[Any] = (),\n"
    "    kwargs: Mapping[str, Any] | None = None,\n"
    "    *,\n"
    PROGRAM_OPTIONS
    "def run_code(\n"
    "    code: str,\n"
    "    variables: Mapping[str, Any] | None = None,\n"
    "    *,\n"
    "    language: str = \"python\",\n"
    PROGRAM_OPTIONS
    "\n"
    "def task(\n"
    "    name: str | None = None,\n"
    "    compute: str | int = \"MEDIUM\",\n"
    "    ram: str | int | None = None,\n"
    "    timeout: str | int | None = None,\n"
    "    max_retries: int | None = None,\n"
    "    allowed_files: Sequence[str | AllowedFile] | None = None,\n"
    "    allowed_hosts: Sequence[str] | None = None,\n"
    "    env_variables: Sequence[str] | None = None,\n"
    "    deterministic: bool | None = None,\n"
    "    retry_delay: str | int | None = None,\n"
    ") -> Callable[[Callable[P, object]], Task[P]]:\n"
    "    \"\"\"Declares a task: a function that runs in a sandbox of its own.\n"
    "\n"
    "    Called from another task it answers the envelope, a dict with the keys success, result,\n"
    "    error (error_type, message) and execution. An `async def` answers it when awaited.\n"
    "\n"
    "    compute: \"LOW\", \"MEDIUM\", \"HIGH\" or a number of units\n"
    "    ram: like \"128MB\"; timeout: like \"30s\" (a number: milliseconds)\n"
    "    retry_delay: like \"500ms\", before the first of max_retries repetitions; then doubling\n"
    "    allowed_files: directories of the project, read-write unless the mode says otherwise\n"
    "    allowed_hosts: like \"api.example.com\" (with its subdomains), \"*\" for all\n"
    "    env_variables: names of what the task may read from its environment\n"
    "    deterministic: True for the same output, result and fuel on every run\n"
    "    \"\"\"\n";

#define WITH_BODY(method)                                                    \
    "def " method "(\n"                                                      \
    "    url: str,\n"                                                        \
    "    body: str | None = None,\n"                                         \
    "    json_data: Any = None,\n"                                           \
    "    headers: Mapping[str, str] | None = None,\n"                        \
    ") -> Response: ...\n"

static const char python_http_stub[] =
    "from collections.abc import Mapping\n"
    "from typing import Any\n"
    "\n"
    "class Response:\n"
    "    status_code: int\n"
    "    headers: dict[str, str]\n"
    "    text: str\n"
    "    def json(self) -> Any: ...\n"
    "    def ok(self) -> bool: ...\n"
    "\n"
    "def get(url: str, headers: Mapping[str, str] | None = None) -> Response: ...\n"
    "def head(url: str, headers: Mapping[str, str] | None = None) -> Response: ...\n"
    "def delete(url: str, headers: Mapping[str, str] | None = None) -> Response: ...\n"
    WITH_BODY("post") WITH_BODY("put") WITH_BODY("patch");

const cli_template cli_python_templates[] = {
    {"main.py", python_main},
    {"capsule.toml", CONFIG("main.py")},
    {"pyproject.toml", python_project},
    {"typings/capsule/__init__.pyi", python_stub},
    {"typings/capsule/http.pyi", python_http_stub},
    {".gitignore", ".capsule/\n.env\n.env.*\n__pycache__/\n"},
    {NULL, NULL},
};

/* ---- TypeScript ---- */

static const char typescript_main[] =
    "// A first program. Run it with: capsule run main.ts World\n"
    "import { task } from \"@capsule-run/sdk\";\n"
    "\n"
    "const greet = task(\n"
    "  { name: \"greet\", compute: \"LOW\", ram: \"64MB\", timeout: \"5s\" },\n"
    "  (name: string): string => `Hello, ${name}!`,\n"
    ");\n"
    "\n"
    "export const main = task(\n"
    "  { name: \"main\", compute: \"LOW\", timeout: \"10s\" },\n"
    "  (name: string = \"World\") => {\n"
    "    console.log(\"running in a sandbox\");\n"
    "    const outcome = greet(name); // in a sandbox of its own, with limits of its own\n"
    "    if (!outcome.success) throw new Error(outcome.error.message);\n"
    "    return { greeting: outcome.result };\n"
    "  },\n"
    ");\n";

static const char typescript_package[] =
    "{\n"
    "  \"name\": \"@NAME@\",\n"
    "  \"version\": \"0.1.0\",\n"
    "  \"private\": true,\n"
    "  \"type\": \"module\"\n"
    "}\n";

static const char typescript_config[] =
    "{\n"
    "  \"compilerOptions\": {\n"
    "    \"target\": \"ES2023\",\n"
    "    \"module\": \"ESNext\",\n"
    "    \"moduleResolution\": \"bundler\",\n"
    "    \"lib\": [\"ES2023\", \"WebWorker\"],\n"
    "    \"strict\": true,\n"
    "    \"skipLibCheck\": true,\n"
    "    \"noEmit\": true\n"
    "  },\n"
    "  \"include\": [\"**/*.ts\"],\n"
    "  \"exclude\": [\"node_modules\", \".capsule\"]\n"
    "}\n";

static const char typescript_types[] =
    "// Types of \"@capsule-run/sdk\" as programs in a sandbox see it; the sandbox brings the module itself.\n"
    "declare module \"@capsule-run/sdk\" {\n"
    "  export interface AllowedFile {\n"
    "    path: string;\n"
    "    mode?: \"read-only\" | \"read-write\" | \"ro\" | \"rw\";\n"
    "  }\n"
    "\n"
    "  export interface TaskOptions {\n"
    "    name: string;\n"
    "    /** A class, or a number of units. */\n"
    "    compute?: \"LOW\" | \"MEDIUM\" | \"HIGH\" | number;\n"
    "    /** Like \"64MB\"; a number is bytes. */\n"
    "    ram?: string | number;\n"
    "    /** Like \"30s\"; a number is milliseconds, 0 is none. */\n"
    "    timeout?: string | number;\n"
    "    maxRetries?: number;\n"
    "    /** Like \"500ms\": before the first repetition, doubling before each further one. */\n"
    "    retryDelay?: string | number;\n"
    "    /** Directories of the project, read-write unless the mode says otherwise. */\n"
    "    allowedFiles?: (string | AllowedFile)[];\n"
    "    /** Like \"api.example.com\" (with its subdomains), \"*\" for all. */\n"
    "    allowedHosts?: string[];\n"
    "    /** Names of what the task may read from process.env. */\n"
    "    envVariables?: string[];\n"
    "    /** The same program and input give the same output, result and fuel. */\n"
    "    deterministic?: boolean;\n"
    "  }\n"
    "\n"
    "  export interface TaskExecution {\n"
    "    task_name: string;\n"
    "    duration_ms: number;\n"
    "    retries: number;\n"
    "    fuel_consumed: number;\n"
    "    ram_used: number;\n"
    "  }\n"
    "\n"
    "  /** What a call of a task answers. */\n"
    "  export type TaskResult<T> =\n"
    "    | { success: true; result: T; error: null; execution: TaskExecution }\n"
    "    | { success: false; result: null; error: { error_type: string; message: string }; execution: TaskExecution };\n"
    "\n"
    "  type Outcome<R> = R extends Promise<infer T> ? Promise<TaskResult<T>> : TaskResult<R>;\n"
    "  type Outcomes<R> = R extends Promise<infer T> ? Promise<TaskResult<T>[]> : TaskResult<R>[];\n"
    "  type Values<R> = R extends Promise<infer T> ? Promise<T[]> : R[];\n"
    "\n"
    "  export interface MapOptions {\n"
    "    maxParallel?: number;\n"
    "    cancelOnFailure?: boolean;\n"
    "    values?: boolean;\n"
    "    spread?: boolean;\n"
    "  }\n"
    "\n"
    "  export interface Task<A extends unknown[], R> {\n"
    "    (...args: A): Outcome<R>;\n"
    "    /** The bare value; a failure is thrown as a TaskError. */\n"
    "    value(...args: A): R;\n"
    "    /** One call for every item, side by side, in the order of the items. */\n"
    "    map(items: Iterable<any>, options: MapOptions & { values: true }): Values<R>;\n"
    "    map(items: Iterable<any>, options?: MapOptions): Outcomes<R>;\n"
    "  }\n"
    "\n"
    "  /** Declares a task: a function that runs in a sandbox of its own. */\n"
    "  export function task<A extends unknown[], R>(options: TaskOptions, fn: (...args: A) => R): Task<A, R>;\n"
    "\n"
    "  export class TaskError extends Error {\n"
    "    errorType: string;\n"
    "    taskName: string;\n"
    "    traceback: string | null;\n"
    "    envelope: TaskResult<unknown>;\n"
    "  }\n"
    "  export function unwrap<T>(envelope: TaskResult<T>): T;\n"
    "\n"
    "  /** What a program gets that a task starts, as far as the task has it itself. */\n"
    "  export interface ProgramOptions {\n"
    "    compute?: TaskOptions[\"compute\"];\n"
    "    ram?: string | number;\n"
    "    timeout?: string | number;\n"
    "    allowedFiles?: (string | AllowedFile)[];\n"
    "    allowedHosts?: string[];\n"
    "    envVariables?: string[];\n"
    "  }\n"
    "  export type ProgramResult = TaskResult<any> & { stdout: string; stderr: string };\n"
    "  export function runFile(path: string, options?: ProgramOptions & { args?: unknown[] }): Promise<ProgramResult>;\n"
    "  export function runCode(\n"
    "    code: string,\n"
    "    options?: ProgramOptions & { language?: \"javascript\" | \"typescript\" | \"python\"; variables?: Record<string, unknown> },\n"
    "  ): Promise<ProgramResult>;\n"
    "}\n";

const cli_template cli_typescript_templates[] = {
    {"main.ts", typescript_main},
    {"capsule.toml", CONFIG("main.ts")},
    {"package.json", typescript_package},
    {"tsconfig.json", typescript_config},
    {"types/capsule-run-sdk.d.ts", typescript_types},
    {".gitignore", ".capsule/\n.env\n.env.*\nnode_modules/\n"},
    {NULL, NULL},
};
