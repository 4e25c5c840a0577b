"""State and workspace of a session: folders below .capsule/sessions, where host programs keep what their runs share."""

import json
import os

STATE = ".capsule/sessions/states/one.json"


def state():
    with open(STATE) as file:
        found = json.load(file)
    found["runs"] = found.get("runs", 0) + 1
    with open(STATE, "w") as file:
        json.dump(found, file)
    with open(STATE) as file:
        return json.load(file)


def workspace():
    os.makedirs("workspace/a", exist_ok=True)
    with open("workspace/a/f.txt", "w") as file:
        file.write("kept")
    return sorted(os.listdir("workspace"))


def other_sessions():
    try:
        return sorted(os.listdir(".capsule/sessions/other"))
    except OSError:
        return "refused"


def above():
    try:
        with open(".capsule/sessions/states/../../trace.db", "rb") as file:
            return len(file.read(1))
    except OSError:
        return "refused"
