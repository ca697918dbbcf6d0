#!/usr/bin/env python3
"""Makes docs/picture/terminal.svg: runs the commands below against an emulator, and draws what they say.

usage: docs/picture/make.py [--check] JETON JETON-EMULATOR   (the programs; nothing but Python's own library is needed)

With --check nothing is written: it fails where the picture is not what the programs say.

What differs from run to run is replaced: the emulator's address, times, ids and codes. Tokens are cut.
"""

import difflib
import json
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.error
import urllib.request
import xml.sax.saxutils

# What is typed.
COMMANDS = [
    "jeton login -p dev",
    "jeton token -p dev --scope arm",
    "jeton status -p dev",
    "for i in {1..200}; do jeton token -p dev --scope graph & done | sort | uniq -c   # 200 at once: one request, one token",
    "jeton exec-credential -p dev   # what kubectl asks for",
    "jeton token -p ci",
]
COLUMNS = 126
PLAIN, FAINT, GREEN, RED, BLUE = "#d6deeb", "#7f8ca3", "#8fd98a", "#ff8a80", "#82b8ff"


def main():
    check = sys.argv[1] == "--check"
    jeton, emulator = (str(pathlib.Path(path).resolve()) for path in sys.argv[-2:])
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        server = subprocess.Popen([emulator, "--dir", folder, "--until-stdin-closes"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        facts = json.loads(server.stdout.readline())
        lines = record(jeton, facts, home)
        server.stdin.close()
        server.wait()
    path = pathlib.Path(__file__).with_name("terminal.svg")
    if not check:
        path.write_text(drawn(lines), encoding="utf-8")
        return
    here, now = (text.splitlines() for text in (path.read_text(encoding="utf-8"), drawn(lines)))
    if here != now:
        print(*difflib.unified_diff(here, now, "the picture", "what the programs say", n=0, lineterm=""), sep="\n")
        sys.exit(f"{path} is not what the programs say: make it anew, without --check")


def record(jeton, facts, home):
    """The lines of the terminal, each with its colour."""
    (home / "bin").mkdir()
    (home / "bin/jeton").symlink_to(jeton)
    env = {
        "HOME": str(home), "PATH": f"{home}/bin:/usr/bin:/bin", "JETON_CA_FILE": facts["ca"], "JETON_SECRET_STORE": "file",
        "JETON_INTERACTIVE": "always", "JETON_BACKGROUND": "off", "AZURE_AUTHORITY_HOST": facts["url"], "WRONG": "no-such-secret",
        "LANG": "C.UTF-8", "XDG_CONFIG_HOME": str(home / ".config"),
    }

    def run(command):
        return subprocess.Popen(
            ["bash", "-c", command], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    tenant, public = facts["tenant"], facts["public_client_id"]
    for setup in (
        f"jeton profile create dev --flow device-code --tenant contoso.example --client-id {public} --scope databricks --silent",
        f"jeton profile create ci --tenant contoso.example --client-id {facts['client_id']} --client-secret-from env:WRONG --scope databricks --silent",
    ):
        process = run(setup)
        output, _ = process.communicate()
        if process.returncode != 0:
            sys.exit(output)

    lines = []
    for command in COMMANDS:
        lines.append((f"$ {command}", GREEN))
        before = requests(facts)
        process = run(command)
        if command.startswith("jeton login"):
            approve(facts)
        output, _ = process.communicate(timeout=60)
        # What the comment says, and no more of it than is so.
        if "one request" in command and requests(facts) != before + 1:
            sys.exit(f"not one request: {command}")
        for line in output.splitlines():
            line = tidy(line, facts, home, tenant)
            colour = RED if line.startswith("jeton: ") and process.returncode != 0 else BLUE if line.startswith("  next: ") else PLAIN
            lines += [(part, colour) for part in wrapped(line)]
        lines.append(("", PLAIN))
    return lines[:-1]


def requests(facts):
    """How many token requests there were so far."""
    context = ssl.create_default_context(cafile=facts["ca"])
    with urllib.request.urlopen(facts["url"] + "/_emulator/count", context=context) as answer:
        return json.load(answer)["token_requests"]


def approve(facts):
    """The person: approves the code as soon as it is asked for."""
    context = ssl.create_default_context(cafile=facts["ca"])
    for _ in range(500):
        try:
            urllib.request.urlopen(facts["url"] + "/_emulator/device/approve", data=b"{}", context=context).close()
            return
        except urllib.error.HTTPError:
            time.sleep(0.02)
    sys.exit("nobody asked for a code")


def tidy(line, facts, home, tenant):
    line = line.replace(facts["url"] + "/devicelogin", "https://microsoft.com/devicelogin").replace(str(home), "/home/me")
    line = line.replace(tenant, "11111111-...").replace(facts["url"], "https://login.microsoftonline.com")
    line = re.sub(r"20\d\d-\d\d-\d\dT[\d:]+Z", "2027-01-15T09:00:00Z", line)
    line = re.sub(r"in 5\d minutes", "in 59 minutes", line)
    # (The order of the claims in its first part is that of the build.)
    line = re.sub(r"eyJ[\w.-]{20,}", "eyJhbGciOiJFUzI1NiIsImtp…", line)
    line = re.sub(r"(code:? |code )[A-Z0-9]{8,9}\b", r"\1ABCD2345", line)
    line = re.sub(r"(trace id|correlation id|request id): [^,]+", r"\1: …", line)
    return line


def wrapped(line):
    """The line in parts that fit."""
    return textwrap.wrap(line, COLUMNS, drop_whitespace=True, subsequent_indent="  ", break_on_hyphens=False) or [""]


def drawn(lines):
    width, height, step, top = COLUMNS * 8 + 40, len(lines) * 19 + 62, 19, 52
    rows = []
    for index, (text, colour) in enumerate(lines):
        if text:
            escaped = xml.sax.saxutils.escape(text)
            rows.append(f'<text x="20" y="{top + index * step}" fill="{colour}" xml:space="preserve">{escaped}</text>')
    dots = "".join(f'<circle cx="{22 + 18 * n}" cy="20" r="6" fill="{c}"/>' for n, c in enumerate(("#ff5f57", "#febc2e", "#28c840")))
    body = "\n".join(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="A terminal: jeton signs in once, and then answers everything from its cache">\n'
        f'<rect width="{width}" height="{height}" rx="10" fill="#0b1324"/>\n{dots}\n'
        f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="13">\n{body}\n</g>\n</svg>\n'
    )


if __name__ == "__main__":
    main()
