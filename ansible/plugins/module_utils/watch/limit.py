# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""So that a program that reads all day fills no file, and what matters is not pushed out of it: of the same by the same,
so many in a window of time, then their number. A window that was full is followed by one of twice the length."""

import time

# of the same kind, by one program of one user, to one path: events in a window that begins with so many seconds
PER_ACT = (10, 60)
# of the same kind, by one container or service in one scope, whatever its programs call themselves
PER_UNIT = (100, 3600)
LONGEST = 3600

# windows at once: with more, those that come are counted together as far as they are judged alike
MOST_WINDOWS = 10000


class Limits(object):
    """One container's or service's first: what it does in the name of ever other programs takes no room from others."""

    def __init__(self):
        self.of_unit, self.of_act = Limit(*PER_UNIT), Limit(*PER_ACT)

    def take(self, kind, shown, container):
        """Whether it is written; else it is only counted."""
        alike = (container, shown['unit'], kind, scope_of(shown['path']), shown['ours'])
        is_one = container is not None or shown['unit'] is not None
        if is_one and not self.of_unit.takes(alike, (kind, shown)):
            return False
        act = (shown['exe'] or shown['comm'], shown['uid'], shown['path'])
        return self.of_act.takes(alike + act, (kind, shown), alike + (shown['uid'],))

    def over(self, everything=False):
        for limit in (self.of_unit, self.of_act):
            for sample, more in limit.over(everything):
                yield sample, more


def scope_of(path):
    """What belongs to one reader: files of one scope, or the first folders of all else."""
    parts = path.split('/')
    return '/'.join(parts[:4 if parts[0] == 'generations' and parts[2:3] == ['containers'] else 2])


class Limit(object):
    def __init__(self, size, seconds):
        self.size, self.seconds = size, seconds
        self.windows = {}

    def takes(self, key, sample, wide=None):
        """False: this one is only counted; where there are too many windows, in that of `wide`, of which there are few."""
        if wide is not None and key not in self.windows and len(self.windows) >= MOST_WINDOWS:
            key = wide
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
