# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The beginning of the watch: a small program that stays on a host and writes down who touches our files. Its parts are
joined in the order of src/fleet/watch-agent.ts and put into `<directory>/watch/agent.py`. It writes facts and judges
nothing: which reads were meant is decided on the operators' side. It never opens a file of secrets.

Works on Python 3.6 and newer with nothing but the standard library. Imports from other parts stand on one line each:
joining drops them.
"""

import os
import sys

DIRECTORY = os.path.dirname(os.path.dirname(os.path.abspath(sys.argv[0])))
HOME = os.path.join(DIRECTORY, 'watch')

# folders whose files hold no secrets: only changes of them are events
QUIET = ('bin', 'scripts', 'compose', 'before', 'watch')

# bytes of one file of events, and how many older ones are kept
FILE_SIZE = 1 << 20
OLDER = 4


class Unable(Exception):
    """What the host lacks for this way of watching."""


def boot_id():
    return read_line('/proc/sys/kernel/random/boot_id')


def read_line(path):
    """Its first line, or None where it cannot be read."""
    try:
        with open(path, 'r', errors='replace') as source:
            return source.readline().rstrip('\n')
    except OSError:
        return None


def is_quiet(folder):
    return folder.split('/')[0] in QUIET
