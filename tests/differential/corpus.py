"""The corpus: folders of programs/, each a project of the reference's kind with its cases in cases*.toml. A build of the
reference takes minutes, so a project may hold several program files: its main task runs the one its first argument names.

    [program]
    entry = "main.py"            the file that is run; it and all beside it lie in src/ of the project
    module = "values"            the program file all these cases are about: first of ARGS, and of their names
    toml = "..."                 capsule.toml of every case that has none of its own

    [[case]]
    name = "dict"                unique in the program; without argv it is the only argument too
    names = ["dict", "list"]     so many cases that differ in that alone
    module = "values"            the program file this case is about, when a table is about several
    argv = [...]                 ARGS of the task
    command = "run"              run, build, exec (of an artifact built before) or worker (one request)
    flags = ["--json"]           flags of the command; [] for the output people see
    file = "src/main.py"         FILE; "" for none
    toml, files, links, env      capsule.toml, other files (path = text), symbolic links (path = target), environment
    request = {...}              of a worker: the request, without id and file
    why = "..."                  what the case is about, where its name does not tell
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
TABLES = "cases*.toml"
COMMANDS = ("run", "build", "exec", "worker")


class CorpusError(Exception):
    """A cases.toml that says something we do not understand."""


@dataclass(frozen=True)
class Case:
    """One invocation of a program."""

    program: str
    name: str
    entry: str
    argv: tuple = ()
    command: str = "run"
    flags: tuple = ("--json",)
    file: str | None = None
    toml: str | None = None
    files: dict = field(default_factory=dict)
    links: dict = field(default_factory=dict)
    env: dict = field(default_factory=dict)
    request: dict = field(default_factory=dict)
    why: str = ""

    @property
    def id(self):
        return f"{self.program}/{self.name}"

    @property
    def target(self):
        """FILE as it is written on the command line; empty for none."""
        if self.file is not None:
            return self.file
        return str(Path("src", self.entry).with_suffix(".wasm" if self.command == "exec" else Path(self.entry).suffix))

    @property
    def json(self):
        return "--json" in self.flags or self.command == "worker"


@dataclass(frozen=True)
class Program:
    name: str
    folder: Path
    entry: str
    cases: tuple

    @property
    def files(self):
        """The program files that its cases are about: modules beside the entry, or the entry itself."""
        return {case.name.partition("/")[0] if "/" in case.name else self.entry for case in self.cases}

    @property
    def sources(self):
        """Path below src/ -> bytes, of every file of the program."""
        tables = set(self.folder.glob(TABLES))
        paths = [path for path in sorted(self.folder.rglob("*")) if path.is_file() and path not in tables]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths if "__pycache__" not in path.parts}


def expand(table):
    """The cases one [[case]] table stands for: name -> rest of the table."""
    table = dict(table)
    names = table.pop("names", None)
    if (names is None) == ("name" not in table):
        raise CorpusError(f"a case needs either name or names: {table}")
    for name in names or [table.pop("name")]:
        yield name, {"argv": [name]} | table


def load_table(name, path):
    """The cases of one cases*.toml."""
    text = tomllib.loads(path.read_text())
    head = text.pop("program")
    entry, module, toml = head.pop("entry"), head.pop("module", None), head.pop("toml", None)
    tables = text.pop("case")
    if head or text:
        raise CorpusError(f"{path}: unknown keys {sorted(head) + sorted(text)}")
    for table in tables:
        for case, rest in expand(table):
            rest = {key: tuple(value) if isinstance(value, list) else value for key, value in rest.items()}
            if about := rest.pop("module", module):
                case, rest["argv"] = f"{about}/{case}", (about, *rest["argv"])
            try:
                yield Case(name, case, entry, **({"toml": toml} | rest))
            except TypeError as error:
                raise CorpusError(f"{path}: {case}: {error}") from None


def load_program(folder):
    cases = [case for path in sorted(folder.glob(TABLES)) for case in load_table(folder.name, path)]
    names = [case.name for case in cases]
    if len(set(names)) != len(names) or len({case.entry for case in cases}) != 1 or {case.command for case in cases} - set(COMMANDS):
        raise CorpusError(f"{folder.name}: a name given twice, more than one entry, or an unknown command")
    return Program(folder.name, folder, cases[0].entry, tuple(cases))


def load_corpus(patterns=("*",)):
    """Programs by name, those that match one of the patterns."""
    folders = {path.parent for pattern in patterns for path in PROGRAMS.glob(f"{pattern}/{TABLES}")}
    return [load_program(folder) for folder in sorted(folders)]
