"""HTTP requests through the host."""

import json as _json

from .sandbox import IN_SANDBOX


class NetworkDenied(PermissionError):
    """The task may not use the network."""


class Response:
    """The answer to a request."""

    def __init__(self, status, headers, body):
        self.status_code = status
        self.headers = dict(headers)
        self.text = body

    def json(self):
        """The body, parsed as JSON."""
        return _json.loads(self.text)

    def ok(self):
        """Whether the status is 2xx."""
        return 200 <= self.status_code < 300

    def __repr__(self):
        return f"<Response [{self.status_code}]>"


def _request(method, url, headers=None, body=None):
    if IN_SANDBOX:
        from urllib.parse import urlsplit

        from ._runtime import refusals, unavailable

        error = NetworkDenied(unavailable.network_denied(f"{method} {url} was not sent"))
        try:
            host = urlsplit(url).hostname
        except Exception:
            host = None  # no URL: whoever sends it will say so
        raise refusals.mark_network(error, host)
    return Response(200, {"content-type": "application/json"}, _json.dumps({"mock": True, "url": url, "method": method}))


def _with_body(method, url, body, json_data, headers):
    if json_data is not None:
        headers = {**(headers or {}), "Content-Type": "application/json"}
        body = _json.dumps(json_data)
    return _request(method, url, headers, body)


def get(url, headers=None):
    """Sends a GET request."""
    return _request("GET", url, headers)


def head(url, headers=None):
    """Sends a HEAD request."""
    return _request("HEAD", url, headers)


def delete(url, headers=None):
    """Sends a DELETE request."""
    return _request("DELETE", url, headers)


def post(url, body=None, json_data=None, headers=None):
    """Sends a POST request with a text, or with `json_data` as JSON."""
    return _with_body("POST", url, body, json_data, headers)


def put(url, body=None, json_data=None, headers=None):
    """Sends a PUT request with a text, or with `json_data` as JSON."""
    return _with_body("PUT", url, body, json_data, headers)


def patch(url, body=None, json_data=None, headers=None):
    """Sends a PATCH request with a text, or with `json_data` as JSON."""
    return _with_body("PATCH", url, body, json_data, headers)
