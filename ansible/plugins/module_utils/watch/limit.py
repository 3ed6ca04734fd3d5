# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""So that a program that reads all day fills no disk: of the same by the same, so many a minute, then their number."""

import time

from .start import LIMIT

WINDOW = 60
KINDS_AT_ONCE = 10000


class Limit(object):
    def __init__(self):
        self.windows = {}

    def takes(self, key, sample):
        """False: this one is only counted."""
        window = self.windows.get(key)
        if window is None or time.monotonic() - window['from'] > WINDOW:
            if window is None and len(self.windows) >= KINDS_AT_ONCE:
                key = None
                window = self.windows.get(key)
            if window is None:
                window = self.windows[key] = {'from': time.monotonic(), 'count': 0, 'more': 0, 'sample': sample}
        window['count'] += 1
        if window['count'] <= LIMIT:
            return True
        window['more'] += 1
        return False

    def over(self, everything=False):
        """(sample, how many more) of each window that has ended."""
        now = time.monotonic()
        for key in [key for key, one in self.windows.items() if everything or now - one['from'] > WINDOW]:
            window = self.windows.pop(key)
            if window['more']:
                yield window['sample'], window['more']
