"""Runs the real Databricks CLI and jeton's stand-in with the same arguments, and compares what they print, to the byte.

usage: compare.py REAL JETONS HOME EMPTY URL

Both have the same home: in it are .databrickscfg with the profile "work", jeton's sign-in for its host, and the CLI's own token
cache, which is written here with jeton's token. EMPTY is a home in which nobody is signed in.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

TOKEN = "auth token"

SAME = [
    *[f"{TOKEN}{form}" for form in ("", " -p work", " --profile=work", " work", " -o json", " --force-refresh=false")],
    *[f"{TOKEN} {form}" for form in ("-o text", "-otext -p work", "work --output=text --timeout 10s")],
    *[f"auth profiles{form}" for form in ("", " -o text", " -o json", " --skip-validate", " --skip-validate -ojson")],
    *["version", "--version", "-v", "version -o text", "version -o json", "version --output=json"],
]

# Of these, jeton tells less: what it has is the same, in the same order.
LESS = ["auth describe", "auth describe -p work", "auth describe -o json", "auth env --profile work"]

# These are compared in their first lines and exit codes.
WRONG = [
    f"{TOKEN} --bogus",
    f"{TOKEN} -x",
    f"{TOKEN} -p",
    f"{TOKEN} --output",
    f"{TOKEN} -o xml",
    f"{TOKEN} --timeout 5",
    f"{TOKEN} --timeout=x",
    f"{TOKEN} --force-refresh=maybe",
    f"{TOKEN} work --host h",
    f"{TOKEN} work -p work",
    "auth profiles --bogus",
    "auth describe --bogus",
    "version -o xml",
]

# What both have to say where nobody is signed in, and no more of it is the same: each names its own next step.
NOBODY = {
    TOKEN: "Error: ",
    f"{TOKEN} -p nope": "Error: ",
    f"{TOKEN} nope": "Error: ",
    f"{TOKEN} --host URL": "Error: cache: databricks OAuth is not configured for this host",
}


def run(program, line, **more):
    done = subprocess.run(
        [program, *line.split()], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env={**os.environ, **more}
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def alike(text):
    """Without what differs on purpose: docs/databricks-cli.md says why."""
    # Which release it is, in as many fields of the same kinds.
    text = re.sub(r"\bv\d+\.\d+\.\d+\b", "vRELEASE", text)
    release = "Version|Branch|Tag|ShortCommit|FullCommit|CommitTime|Summary|BuildTime"
    text = re.sub(rf'"({release})": ".*"', r'"\1": "TEXT"', text)
    text = re.sub(r'"(Major|Minor|Patch)": \d+', r'"\1": 0', text)
    # The CLI tells the end with nine digits, and beside it the seconds that the token had when it was made.
    text = re.sub(r'"expiry": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)"', '"expiry": "CLOCK"', text)
    text = re.sub(r',\n  "expires_in": 3600\n', "\n", text)
    # jeton goes by the host's name alone, the CLI by what the host says of itself.
    return re.sub(r'"cloud": "(aws|azure)"', '"cloud": "CLOUD"', text)


def is_part(less, more):
    """Whether all of `less` is in `more`, each object in the same order."""
    if not isinstance(less, dict) or not isinstance(more, dict):
        return less == more
    return [key for key in more if key in less] == list(less) and all(is_part(less[key], more[key]) for key in less)


def is_laid_out(text):
    """Whether it is JSON as Go lays it out, without a line end."""
    return text == json.dumps(json.loads(text), indent=2, ensure_ascii=False)


def tells_less(real, ours):
    if ours.startswith("{"):
        return is_laid_out(real) and is_laid_out(ours) and is_part(json.loads(ours), json.loads(real))
    lines = iter(real.splitlines(keepends=True))
    return bool(ours) and all(line in lines for line in ours.splitlines(keepends=True))


def write(home, token):
    """The CLI's own cache, with a token as its sign-in leaves it there."""
    entry = {
        "access_token": token["access_token"],
        "token_type": token["token_type"],
        "refresh_token": "unused",
        "expiry": token["expiry"].replace(".000000", ".123456789"),
        "expires_in": 3600,
    }
    file = Path(home) / ".databricks" / "token-cache.json"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.write_text(json.dumps({"version": 1, "tokens": {"work": entry}}))
    file.chmod(0o600)


def main():
    real, ours, home, empty, url = sys.argv[1:]
    different = []

    def differ(line, theirs, own):
        different.append(f"databricks {line}\n  databricks: {theirs}\n  jeton:      {own}")

    write(home, json.loads(run(ours, f"{TOKEN} -p work")[1]))
    for line in SAME:
        theirs, own = run(real, line), run(ours, line)
        if (theirs[0], alike(theirs[1])) != (own[0], alike(own[1])) or theirs[0] != 0 or own[2]:
            differ(line, theirs, own)
    for line in LESS:
        theirs, own = run(real, line), run(ours, line)
        if theirs[0] != 0 or own[0] != 0 or not tells_less(theirs[1], own[1]):
            differ(line, theirs, own)
    for line in WRONG:
        theirs, own = run(real, line), run(ours, line)
        first = [(code, stdout, stderr.split("\n")[0]) for code, stdout, stderr in (theirs, own)]
        if first[0] != first[1] or own[0] == 0:
            differ(line, *first)
    for line, begin in NOBODY.items():
        theirs, own = (run(program, line.replace("URL", url), HOME=empty) for program in (real, ours))
        if theirs[:2] != own[:2] or own[0] != 1 or not all(end[2].startswith(begin) for end in (theirs, own)):
            differ(line, theirs, own)
        if "  next: " not in own[2]:
            different.append(f"databricks {line}: jeton does not say what to do: {own[2]}")

    print(f"{len(SAME) + len(LESS) + len(WRONG) + len(NOBODY)} calls, {len(different)} that differ")
    print("\n".join(different))
    sys.exit(1 if different else 0)


main()
