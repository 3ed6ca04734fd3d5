# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""So that a program that reads all day fills no file, and what matters is not pushed out of it: of the same by the same,
so many in a window of time, then their number. A window that was full is followed by one of twice the length."""

import time

# of the same kind, by one program of one user, to one path: events in a window that begins with so many seconds
PER_ACT = (10, 60)
# of the same kind, by one container in one scope, whatever its programs call themselves
PER_CONTAINER = (100, 3600)
LONGEST = 3600
MOST_KEYS = 10000


class Limit(object):
    def __init__(self, size, seconds):
        self.size, self.seconds = size, seconds
        self.windows = {}

    def takes(self, key, sample):
        """False: this one is only counted."""
        if key not in self.windows and len(self.windows) >= MOST_KEYS:
            key = None
        window = self.windows.setdefault(key, {'from': time.monotonic(), 'length': self.seconds, 'count': 0, 'more': 0,
                                               'sample': sample})
        window['count'] += 1
        if window['count'] <= self.size:
            return True
        window['more'] += 1
        return False

    def over(self, everything=False):
        """(sample, how many more) of each window that has ended."""
        now = time.monotonic()
        for key in [key for key, one in self.windows.items() if everything or now - one['from'] > one['length']]:
            window = self.windows.pop(key)
            if window['more']:
                yield window['sample'], window['more']
                length = min(2 * window['length'], LONGEST)
                self.windows[key] = dict(window, count=0, more=0, length=length, **{'from': now})
