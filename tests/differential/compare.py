"""Pure comparison of two observations, field by field, and what explains a difference."""

import fnmatch
import re
import tomllib
from dataclasses import dataclass, field

from values import dump, load

ABSENT = "(none)"


def keys(value):
    return ",".join(value) if isinstance(value, dict) else ABSENT


def fields(observation):
    """An observation as flat text: field -> value. A record and a run of ours have the same fields unless they differ."""
    flat = {"exit": str(observation["exit"]), "stdout": observation["stdout"], "stderr": observation["stderr"]}
    for name, text in observation["files"].items():
        flat[f"files/{name}"] = text
    return flat | (envelope_fields(load(observation["envelope"])) if observation["envelope"] else {})


def envelope_fields(envelope):
    execution, error = envelope["execution"], envelope["error"]
    flat = {"keys": keys(envelope), "keys.execution": keys(execution), "success": dump(envelope["success"]), "result": dump(envelope["result"])}
    if error:
        flat |= {"keys.error": keys(error), "error_type": error["error_type"], "message": error["message"]}
    for name in EXECUTION:
        flat[f"execution.{name}"] = dump(execution[name]) if name in execution else ABSENT
    return flat


def summary(observation):
    """What an envelope says, for the case that the other side has none."""
    if not observation["envelope"]:
        return ABSENT
    envelope = load(observation["envelope"])
    error = envelope["error"]
    return f"{error['error_type']}: {error['message']}" if error else f"success: {dump(envelope['result'])}"


@dataclass(frozen=True)
class Difference:
    """A field that is not the same on both sides."""

    case: str
    field: str
    reference: str
    ours: str

    def __str__(self):
        return f"{self.case}: {self.field}\n    reference: {shorten(self.reference)}\n    ours:      {shorten(self.ours)}"


def shorten(text, most=300):
    text = repr(text)
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"


def begins(ours, reference):
    """Whether all of the reference's keys come first in ours, in its order."""
    return ours == reference or (ours + ",").startswith(reference + ",")


def differences(case, reference, ours):
    """Every field that differs between two observations. Keys of ours may follow the reference's, in any envelope. Without
    an envelope on one side, what the other's says is one difference, called `envelope`."""
    theirs, mine = fields(reference), fields(ours)
    found = []
    if bool(reference["envelope"]) != bool(ours["envelope"]):
        found.append(Difference(case, "envelope", summary(reference), summary(ours)))
    elif "result" in theirs and theirs["result"] != mine["result"]:
        mine["result"] = dump(without_additions(load(mine["result"]), load(theirs["result"])))
    both = bool(reference["envelope"] and ours["envelope"])
    for name in sorted(theirs.keys() | mine.keys()):
        a, b = theirs.get(name, ABSENT), mine.get(name, ABSENT)
        if a == b or name.startswith("keys") and (ABSENT in (a, b) or begins(b, a)):
            continue
        if both or name in ("exit", "stdout", "stderr") or name.startswith("files/"):
            found.append(Difference(case, name, a, b))
    return found


ENVELOPE = ["success", "result", "error", "execution"]
EXECUTION = ["task_name", "duration_ms", "retries", "fuel_consumed", "ram_used", "host_requests"]
ERROR = ["error_type", "message"]


def is_envelope(value):
    return isinstance(value, dict) and list(value)[:4] == ENVELOPE and isinstance(value["execution"], dict)


def without_additions(ours, reference):
    """A result of ours without what its envelopes of subtasks have after the reference's keys, where the reference has an
    envelope too. Everything else is left as it is, the order of the reference's own keys included."""
    if is_envelope(ours) and isinstance(reference, dict) and set(reference) == set(ENVELOPE):
        short = {key: without_additions(ours[key], reference[key]) for key in ENVELOPE}
        for key, names in (("execution", EXECUTION), ("error", ERROR)):
            if isinstance(short[key], dict) and list(short[key])[:len(names)] == names:
                short[key] = {name: short[key][name] for name in names}
        return short
    if isinstance(ours, dict) and isinstance(reference, dict):
        return {key: without_additions(value, reference.get(key)) for key, value in ours.items()}
    if isinstance(ours, list) and isinstance(reference, list) and len(ours) == len(reference):
        return [without_additions(a, b) for a, b in zip(ours, reference)]
    return ours


def sorted_keys(value):
    """The value with the keys of every object in alphabetical order, as the reference has them."""
    if isinstance(value, dict):
        return {key: sorted_keys(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [sorted_keys(inner) for inner in value]
    return value


@dataclass
class Explanation:
    """Why some differences are meant. All that is given must match: case and field are patterns of names, reference and
    ours regular expressions of the whole value; `order` asks that the two differ in the order of keys alone."""

    case: list
    field: list
    reason: str
    says: str
    reference: str = ".*"
    ours: str = ".*"
    order: bool = False
    used: int = field(default=0, compare=False)

    def covers(self, difference):
        if not any(fnmatch.fnmatchcase(difference.case, pattern) for pattern in self.case):
            return False
        if not any(fnmatch.fnmatchcase(difference.field, pattern) for pattern in self.field):
            return False
        if self.order and not same_but_order(difference):
            return False
        return bool(re.fullmatch(self.reference, difference.reference, re.S) and re.fullmatch(self.ours, difference.ours, re.S))


def same_but_order(difference):
    try:
        return dump(sorted_keys(load(difference.reference))) == dump(sorted_keys(load(difference.ours)))
    except ValueError:
        return False


class ExplanationError(Exception):
    """An explanation that is incomplete, or that the documentation does not bear out."""


def load_explanations(text, page):
    """Explanations of a TOML text. page: text of docs/compatibility.md, which must have each one's `says`."""
    page = " ".join(page.split())
    found = []
    for table in tomllib.loads(text).get("explained", []):
        for name in ("case", "field"):
            if isinstance(table.get(name), str):
                table[name] = [table[name]]
        try:
            explanation = Explanation(**table)
        except TypeError as error:
            raise ExplanationError(f"{table}: {error}") from None
        if " ".join(explanation.says.split()) not in page:
            raise ExplanationError(f"{explanation.reason!r}: docs/compatibility.md does not say {explanation.says!r}")
        if not (explanation.order or explanation.reference != ".*" or explanation.ours != ".*"):
            raise ExplanationError(f"{explanation.reason!r}: covers any difference; say what either side has")
        found.append(explanation)
    return found


def explain(difference, explanations):
    """The first explanation that covers a difference, counted as used; None when there is none."""
    for explanation in explanations:
        if explanation.covers(difference):
            explanation.used += 1
            return explanation
    return None
