# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The beginning of what runs on a host. The action plugins pipe some parts of this folder, joined in the order of
src/fleet/receiver-parts.ts, to `python3 -I -S`, followed by one frame: a JSON header line, then the blobs whose sizes
the header lists. The answer is one line on stdout, `LOCKSTEP ` and JSON: codes and facts, never a value. It decides
nothing: every rule is on the operators' side.

Works on Python 3.6 and newer with nothing but the standard library. Imports from other parts stand on one line each:
joining drops them.
"""

import os

MAX_FILE = 64 * 1024 * 1024
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Refusal(Exception):
    """An answer of ours: one of the codes of the error table, and words that hold no value."""

    def __init__(self, code, message, hint=None, **extra):
        super(Refusal, self).__init__(message)
        self.answer = dict(extra, code=code, message=message)
        if hint:
            self.answer['hint'] = hint
