"""Ways to ask for a network, none of which is granted a host."""

import socket
import urllib.request

from capsule import http, task

ADDRESS = "http://example.com/"


@task(name="declared", allowed_hosts=["example.com"])
def declared():
    return http.get("http://other.example.org/").text


def attempt(function, *arguments):
    """The class of what was raised, so that texts of either side do not matter."""
    try:
        return str(function(*arguments))
    except Exception:
        return "refused"


KINDS = {
    "http-get": lambda: http.get(ADDRESS),
    "caught-get": lambda: attempt(http.get, ADDRESS),
    "caught-post": lambda: attempt(http.post, ADDRESS, "body"),
    "caught-verbs": lambda: [attempt(verb, ADDRESS) for verb in (http.put, http.patch, http.delete, http.head)],
    "caught-urllib": lambda: attempt(urllib.request.urlopen, ADDRESS),
    "caught-address": lambda: attempt(http.get, "no address"),
    "caught-resolve": lambda: attempt(lambda: "resolved" if socket.getaddrinfo("example.com", 80) else ""),
    "other-host": lambda: declared()["success"],
    "hostname": lambda: type(socket.gethostname()).__name__,
}


@task(name="main")
def main(kind):
    return KINDS[kind]()
