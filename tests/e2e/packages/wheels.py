"""Wheels and source distributions as small as they can be, and an index that serves them."""

import base64
import hashlib
import http.server
import io
import tarfile
import threading
import zipfile
from pathlib import Path


def _record(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}"


def make_wheel(directory, name, version, files, requires=(), tag="py3-none-any", requires_python=None, scripts=(),
               extras=()):
    """A wheel of `files` (path: text or bytes); answers its path."""
    info = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
    metadata += [f"Provides-Extra: {extra}" for extra in extras]
    if requires_python:
        metadata.append(f"Requires-Python: {requires_python}")
    pure = "true" if tag.endswith("-any") else "false"
    members = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
    members[f"{info}/METADATA"] = ("\n".join(metadata) + "\n").encode()
    members[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {pure}\nTag: {tag}\n".encode()
    if scripts:
        lines = "\n".join(f"{script} = {target}" for script, target in scripts)
        members[f"{info}/entry_points.txt"] = f"[console_scripts]\n{lines}\n".encode()
    record = "\n".join([_record(path, data) for path, data in members.items()] + [f"{info}/RECORD,,"]) + "\n"
    path = Path(directory) / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
        archive.writestr(f"{info}/RECORD", record)
    return path


def make_source(directory, name, version, setup):
    """A source distribution whose setup.py is `setup`."""
    path = Path(directory) / f"{name}-{version}.tar.gz"
    members = {"setup.py": setup, "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}
    with tarfile.open(path, "w:gz") as archive:
        for member, text in members.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{member}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


class Index:
    """A simple index (PEP 503) on the loopback interface; `requests` are the paths that were asked for."""

    def __init__(self, directory):
        self.requests = []
        index, files = self, Path(directory)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                index.requests.append(self.path)
                parts = self.path.strip("/").split("/")
                file = files / parts[-1]
                if parts[0] == "files" and file.is_file():
                    self._answer(200, "application/octet-stream", file.read_bytes())
                elif parts[0] == "simple" and len(parts) == 2:
                    wanted = parts[1].replace("-", "_")
                    links = [f'<a href="/files/{file.name}">{file.name}</a>' for file in sorted(files.iterdir())
                             if file.name.lower().startswith(wanted + "-")]
                    self._answer(200 if links else 404, "text/html", "\n".join(links).encode())
                else:
                    self._answer(404, "text/plain", b"")

            def _answer(self, code, kind, body):
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
