# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The end of the watch: one of it runs for each directory; it writes until it is told to stop."""

import hashlib
import json
import os
import select
import signal
import sys
import time

from .audit_log import AuditLog
from .deeds import Notices
from .door import Door
from .journal import Journal
from .labels import Labels
from .limit import Limits
from .start import HOME, Unable

SHOWN = ('pid', 'uid', 'gid', 'exe', 'comm', 'parent', 'unit')


# signals that told it to stop. What it is at then is not left half done
STOPS = []

# seconds in which what was done until then is handed over
LAST = 0.1


def stop(number, _frame):
    STOPS.append(number)


def open_source():
    """The first way of watching that this host has. Raises Unable saying what each lacks."""
    reasons = []
    wanted = sys.argv[sys.argv.index('--by') + 1:][:1] if '--by' in sys.argv else []
    for way in (Notices, AuditLog):
        if wanted and way.via not in wanted:
            continue
        try:
            return way()
        except Unable as error:
            reasons.append(str(error))
    raise Unable('; '.join(reasons))


class Watch(object):
    def __init__(self, source):
        self.source = source
        self.journal = Journal(HOME)
        self.labels, self.limits = Labels(), Limits()
        with open(os.path.abspath(sys.argv[0]), 'rb') as own:
            self.digest = hashlib.sha256(own.read()).hexdigest()
        source.begin()
        self.since = int(time.time() * 1000)
        self.door = Door(HOME, self.status)
        self.poll, self.polled = select.poll(), set()
        self.woken, waking = os.pipe()
        for number in (self.woken, waking):
            os.set_blocking(number, False)
        signal.set_wakeup_fd(waking)
        for number in source.numbers() + [self.door.listener.fileno(), self.woken]:
            self.poll.register(number, select.POLLIN)

    def status(self):
        return {'pid': os.getpid(), 'via': self.source.via, 'asks': self.source.asks, 'since': self.since,
                'seq': self.journal.seq, 'boot': self.journal.boot, 'sha256': self.digest}

    def run(self):
        self.journal.write('start', note=self.source.via, pid=os.getpid(), cut=self.journal.cut)
        while not STOPS:
            ready = self.poll.poll(200 if self.source.is_waiting() else 1000)
            # callers first: what they do next is ours
            self.door.accept()
            for number, _event in ready:
                if number == self.woken:
                    os.read(self.woken, 100)
                if number in self.polled and self.door.has_gone(number):
                    self.polled.discard(number)
                    self.poll.unregister(number)
                    self.door.close(number)
            for number in set(self.door.open) - self.polled:
                self.polled.add(number)
                self.poll.register(number, select.POLLIN)
            for kind, path, facts in self.source.deeds():
                self.write(kind, path, facts)
            self.door.forget()
            self.flush()

    def finish(self):
        """What others did in the last moment is not lost with it."""
        time.sleep(LAST)
        self.door.accept()
        for kind, path, facts in self.source.deeds(True):
            self.write(kind, path, facts)

    def write(self, kind, path, facts):
        if facts is None:
            return self.journal.write(kind, **({} if path is None else {'note': path}))
        shown = {key: facts.get(key) for key in SHOWN}
        container = facts.get('container')
        shown.update(path=path, container=self.labels.of(container) if container else None)
        # asking an engine takes its time: who has called meanwhile is ours as well
        self.door.accept()
        shown['ours'] = self.door.is_ours(facts)
        if self.limits.take(kind, shown, container):
            self.journal.write(kind, **shown)

    def flush(self, everything=False):
        for (kind, shown), more in self.limits.over(everything):
            self.journal.write('suppressed', of=kind, count=more, **shown)
        self.journal.save()


def main():
    os.umask(0o077)
    if '--try' in sys.argv[1:]:
        return try_ways()
    # for reading: one that comes while another watches must not be seen as a writer
    lock = os.open(os.path.join(HOME, 'lock'), os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if not is_alone(lock):
        return 0
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        watch = Watch(open_source())
    except Unable as error:
        sys.stderr.write('%s\n' % error)
        return 69
    foretold = False
    try:
        watch.run()
        note = 'signal %d' % STOPS[0]
        watch.finish()
        foretold = watch.door.is_foretold()
    except EOFError as error:
        note = str(error)
    watch.flush(True)
    watch.journal.write('stop', note=note, pid=os.getpid(), ours=foretold)
    watch.journal.save()
    watch.source.close()
    return 0 if STOPS else 1


def try_ways():
    try:
        source = open_source()
        answer = {'via': source.via, 'asks': source.asks}
        source.close()
    except Unable as error:
        answer = {'unable': str(error)}
    print(json.dumps(answer))
    return 0


def is_alone(lock):
    import fcntl
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


if __name__ == '__main__':
    sys.exit(main())
