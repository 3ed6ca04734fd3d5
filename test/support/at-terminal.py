"""Runs a program on a terminal of its own and types at it.

Arguments: the program and its arguments. Standard input: pairs of lines, what to wait for and what to type then
(`^C` is the interrupt key, `^E` the last six characters of the recovery identity that was shown). Prints all that the terminal showed; exits with the program's status.
"""

import os
import pty
import re
import select
import sys
import time

steps = sys.stdin.read().split("\n")
pairs = [(steps[i], steps[i + 1]) for i in range(0, len(steps) - 1, 2)]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

shown, seen, until = b"", 0, time.monotonic() + 30
while time.monotonic() < until:
    if pairs and pairs[0][0].encode() in shown[seen:]:
        seen = len(shown)
        typed = pairs.pop(0)[1]
        time.sleep(0.1)
        shown_key = re.findall(rb"AGE-SECRET-KEY-1[A-Z0-9]+", shown)
        typed = shown_key[-1][-6:].decode() if typed == "^E" else typed
        os.write(terminal, b"\x03" if typed == "^C" else typed.encode() + b"\r")
    ready, _, _ = select.select([terminal], [], [], 0.2)
    if ready:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk

_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
