"""A shell at a terminal, as a person has it: terminal.py COMMAND... -- EXPECTED [TYPED EXPECTED]...

What is EXPECTED is a regular expression that what the shell shows from then on has to meet; what is TYPED gets a line end.
"""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

# What line editors ask a terminal for, and what one says: where the cursor is, and what it can do.
QUESTIONS = {b"\x1b[6n": b"\x1b[1;1R", b"\x1b[c": b"\x1b[?62c", b"\x1b[0c": b"\x1b[?62c"}


def main():
    end = sys.argv.index("--")
    command, steps = sys.argv[1:end], sys.argv[end + 1 :]
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
        os.execvp(command[0], command)
    shown, at = "", 0
    for expected, typed in zip(steps[::2], steps[1::2] + [None]):
        begin = time.monotonic()
        while not (found := re.search(expected, shown[at:])):
            if time.monotonic() - begin > 20 or (more := read(terminal)) is None:
                print(f"it did not show {expected!r}:\n{shown}")
                os.close(terminal)
                return 1
            shown += more
        at += found.end()
        if typed is not None:
            os.write(terminal, typed.encode() + b"\r")
    os.close(terminal)
    os.waitpid(child, 0)
    return 0


def read(terminal):
    """What is shown next, without the sequences that colour it; None where nothing more comes."""
    if not select.select([terminal], [], [], 20)[0]:
        return None
    try:
        data = os.read(terminal, 65536)
    except OSError:
        return None
    for question, answer in QUESTIONS.items():
        if question in data:
            os.write(terminal, answer)
    sequences = r"\x1b\[[0-9;?>=]*[a-zA-Z]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[(]B|\x1b[78=>]|[\x01\x02]"
    return re.sub(sequences, "", data.decode(errors="replace"))


sys.exit(main())
