"""Asks the emulator what arrived, and tells it what to do. Nothing but the standard library.

usage: emulator.py DIR COMMAND [ARGUMENT]     (DIR holds the emulator's ca.pem and url)

  count NAME        requests, token_requests, issued, violations or scripted
  violations        what a careful client would not have sent, one a line
  paths             METHOD and path of every request
  headers NAME      the values of a request header, of every request that has it
  forms NAME        the values of a form field, of every request that has it
  settings JSON     changes settings; those not named stay
  script JSON       one fault, or a list of them
  reset             as at the start
"""

import json
import ssl
import sys
import urllib.request
from pathlib import Path


class Emulator:
    """The control endpoints of the emulator that wrote its address to a folder."""

    def __init__(self, folder):
        self.url = (Path(folder) / "url").read_text().rstrip("/")
        tls = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=Path(folder) / "ca.pem"))
        # No proxy: it is on loopback.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), tls)

    def call(self, name, body=None):
        """GET, or POST where there is a body (a JSON text)."""
        data = None if body is None else body.encode()
        with self.opener.open(f"{self.url}/_emulator/{name}", data, timeout=20) as answer:
            return json.load(answer)

    def requests(self):
        return self.call("requests")


def values(pairs, name):
    return [value for key, value in pairs if key.lower() == name.lower()]


def lines(emulator, command, argument):
    """What a command prints."""
    match command:
        case "count":
            return [emulator.call("count")[argument]]
        case "violations":
            return emulator.call("violations")
        case "paths":
            return [f"{request['method']} {request['path']}" for request in emulator.requests()]
        case "headers" | "forms":
            part = command.removesuffix("s") if command == "forms" else command
            return [value for request in emulator.requests() for value in values(request[part], argument)]
        case "settings" | "script":
            emulator.call(command, argument)
            return []
        case "reset":
            emulator.call(command, "")
            return []
        case _:
            sys.exit(__doc__)


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    folder, command, *rest = sys.argv[1:]
    for line in lines(Emulator(folder), command, rest[0] if rest else None):
        print(line)


if __name__ == "__main__":
    main()
