"""Runs the real az and jeton's az with the same arguments, and compares what they print, to the byte.

usage: compare.py REAL_AZ JETONS_AZ CONFIG URL SECRET

Both are at the emulator with the same app: az by its own files below CONFIG, which are written here.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

TENANT = "11111111-1111-1111-1111-111111111111"
CLIENT = "22222222-2222-2222-2222-222222222222"
SUBSCRIPTION = "aaaaaaaa-0000-0000-0000-000000000002"

GET = "account get-access-token"
FORMATS = ["", "-o json", "--output=yaml", "-otsv", "-o table", "-o=none", "--output jsonc", "-o yamlc"]
QUERIES = ["accessToken", "tenant", "[tenant,tokenType]", "{z:tokenType,a:tenant,n:nothing}", "nothing", "@", "[nothing]"]

RIGHT = [
    *[f"{GET} {form}" for form in FORMATS],
    *[f"{GET} --query {query} {form}" for query in QUERIES for form in FORMATS[:5]],
    f"{GET} --tenant {TENANT}",
    f"{GET} -t {TENANT} --query subscription",
    f"{GET} --subscription Work -o json",
    f"{GET} -s {SUBSCRIPTION.upper()} --sc https://storage.azure.com/.default",
    f"{GET} --resource-type ms-graph --resource https://vault.azure.net",
    *[f"account show {form}" for form in FORMATS],
    "account show --query user.name -o tsv",
    "account show --query [id,isDefault,user] -o table",
]

# These are compared in their first lines and exit codes.
WRONG = [
    f"{GET} --tenant t --subscription s",
    f"{GET} --subscription nope",
    "account show -s nope",
    f"{GET} --bogus x",
    f"{GET} stray",
    f"{GET} --res x",
    f"{GET} -o xml",
    f"{GET} -o",
    f"{GET} --query",
    f"{GET} --query [a",
    f"{GET} --resource-type foo",
    f"{GET} --tenant -x",
    "account show -x",
]


def write(folder, url, secret):
    """az's own files for the app."""
    folder.mkdir(parents=True)
    account = {
        "id": SUBSCRIPTION,
        "name": "Work",
        "state": "Enabled",
        "user": {"name": CLIENT, "type": "servicePrincipal"},
        "isDefault": True,
        "tenantId": TENANT,
        "environmentName": "AzureCloud",
        "homeTenantId": TENANT,
        "managedByTenants": [],
    }
    (folder / "azureProfile.json").write_text(json.dumps({"installationId": "x", "subscriptions": [account]}))
    entry = {"client_id": CLIENT, "tenant": TENANT, "client_secret": secret}
    (folder / "service_principal_entries.json").write_text(json.dumps([entry]))
    (folder / "clouds.config").write_text(f"[AzureCloud]\nendpoint_active_directory = {url}\n")
    (folder / "config").write_text(
        "[core]\ncollect_telemetry = false\ninstance_discovery = false\nencrypt_token_cache = false\n"
    )


def run(program, line, **more):
    begin = time.monotonic()
    done = subprocess.run(
        [program, *line.split()], stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, **more}
    )
    return done.returncode, done.stdout, done.stderr, time.monotonic() - begin


def alike(text):
    """Without what differs from token to token: its value and its end, in as many characters."""
    text = re.sub(r"eyJ[\w.-]+", "TOKEN", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.000000", "CLOCK", text)
    text = re.sub(r"\b1\d{9}\b", "SECONDS", text)
    # Columns are as wide as the token in them.
    return re.sub(r"-{20,}| {20,}", "WIDE", text)


def main():
    real, ours, config, url, secret = sys.argv[1:]
    folder = Path(config)
    write(folder / "right", url, secret)
    write(folder / "wrong", url, "wrong")
    different = []
    times = {real: [], ours: []}

    def compare(line, part, **more):
        told = {}
        for program in (real, ours):
            code, stdout, stderr, seconds = run(program, line, **more)
            if part == "all":
                told[program] = (code, alike(stdout), stderr)
                times[program].append(seconds)
            else:
                told[program] = (code, stdout, stderr.split("\n")[0])
        if told[real] != told[ours]:
            different.append(f"az {line}\n  az:    {told[real]}\n  jeton: {told[ours]}")

    right = {"AZURE_CONFIG_DIR": str(folder / "right"), "TZ": "America/New_York"}
    for line in RIGHT:
        compare(line, "all", JETON_PROFILE="Work", **right)
    for line in WRONG:
        compare(line, "first", JETON_PROFILE="Work", **right)
    # Nobody is signed in.
    for line in (GET, "account show"):
        compare(line, "first", JETON_PROFILE="person", AZURE_CONFIG_DIR=str(folder / "empty"))
    # What Entra refuses: the number, and whether it reads as a missing sign-in.
    refused = {}
    for program, more in ((real, {"AZURE_CONFIG_DIR": str(folder / "wrong")}), (ours, {"JETON_PROFILE": "aks-wrong"})):
        code, stdout, stderr, _ = run(program, GET, **more)
        refused[program] = (code, stdout, re.findall(r"AADSTS\d+", stderr)[:1], "az login" in stderr)
    if refused[real] != refused[ours]:
        different.append(f"a refusal: {refused}")

    print(f"{len(RIGHT) + len(WRONG) + 3} calls, {len(different)} that differ")
    print("\n".join(different))
    medians = {program: statistics.median(seconds) * 1000 for program, seconds in times.items()}
    print(f"median: az {medians[real]:.1f} ms, jeton {medians[ours]:.1f} ms", file=sys.stderr)
    sys.exit(1 if different else 0)


main()
