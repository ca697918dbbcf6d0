"""Tokens of characters that mean something to shells go through jeton into a real shell: hostile.py SHELL CACHE COMMAND...

The cached token is replaced by such a text, `jeton env` prints the assignments, and the shell hands what it read of them
to a program, which prints it. No token of Entra looks like that; what is evaluated must not depend on it.
"""

import pathlib
import random
import subprocess
import sys

COUNT = 60
CHARACTERS = list("'\"\\`$(){}[];&|<>*?#!~%^=,:@ \t-aN0é’‘\u2028\x01\x7f\r") + ["''", "\\'", "$(exit 9)", "${HOME}", "%F{red}"]
MASK = (1 << 64) - 1


def check_of(lines):
    """The check of an entry of the cache (src/cache/entry.rs)."""
    value = 0xCBF29CE484222325
    for line in lines:
        data = line + bytes(8 - len(line) % 8) + len(line).to_bytes(8, "little")
        for at in range(0, len(data), 8):
            value = (value ^ int.from_bytes(data[at : at + 8], "little")) * 0x100000001B3 & MASK
    return b"%016x\n" % value


def main():
    shell, cache, command = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    jeton = ["jeton", "env", "--profile", "aks", "--resource", "aks", "--shell", shell]
    subprocess.run(jeton, check=True, stdout=subprocess.DEVNULL)
    (entry,) = cache.glob("*.token")
    header = entry.read_bytes().split(b"\n")[0] + b"\n"
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    tokens, script = [], b""
    for number in range(COUNT):
        token = "".join(chance.choices(CHARACTERS, k=chance.randint(1, 30))).encode()
        lines = [header, token + b"\n"]
        entry.write_bytes(b"".join(lines) + check_of(lines))
        words = subprocess.run(jeton, check=True, stdout=subprocess.PIPE).stdout
        if shell == "nushell":
            file = cache / f"{number}.json"
            file.write_bytes(words)
            words = f"open '{file}' | load-env\n".encode()
        script += words + (b"^" if shell == "nushell" else b"") + b"printenv JETON_TOKEN\n"
        tokens.append(token)
    file = cache / "script"
    file.write_bytes(script)
    read = subprocess.run([*command, str(file)], check=True, stdout=subprocess.PIPE).stdout.split(b"\n")
    for token, line in zip(tokens, read, strict=False):
        assert token == line, f"{token} was read as {line}"
    assert len(read) == COUNT + 1, len(read)


main()
