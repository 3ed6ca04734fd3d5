# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""A process of its own that answers the kernel at once and asks who it was: nothing that takes time is done here."""

import ctypes
import json
import os
import select
import signal
import struct
import sys
import time

from .fanotify import CHANGES, LIBC, ON_DIRECTORY, OVERFLOW, READS, notices
from .who import began, who

# lines that wait for the other process, at most
BACKLOG = 20000

# seconds for which what opened a file is taken for what its number does next, where that has ended
FRESH = 5


class Ear(object):
    def __init__(self, asking, telling, pipe, own):
        self.asking, self.telling, self.pipe, self.own = asking, telling, pipe, own
        self.recent = {}
        self.lines = []
        self.lost = 0

    def listen(self):
        poll = select.poll()
        for group in (self.asking, self.telling):
            if group is not None:
                poll.register(group, select.POLLIN)
        while True:
            ready = poll.poll(1000 if not self.lines else 20)
            if self.asking is not None:
                self.answer()
            if any(group == self.telling for group, _event in ready):
                self.hear()
            if not ready:
                self.tell({'tick': True})
            self.flush()

    def answer(self):
        """Each process that opens a file of ours waits for this."""
        for _mask, handle, pid, _place, _name in notices(drain(self.asking)):
            if handle < 0:
                continue
            try:
                if pid not in self.own:
                    self.remember(pid)
            finally:
                os.write(self.asking, struct.pack('=iI', handle, 1))
                os.close(handle)

    def hear(self):
        for mask, _handle, pid, place, name in notices(drain(self.telling)):
            if mask & OVERFLOW:
                self.tell({'overflow': True})
            elif pid not in self.own and place is not None and not is_listing(mask):
                self.tell({'mask': mask, 'place': place.hex(), 'name': name, 'who': self.asked(mask, pid)})

    def asked(self, mask, pid):
        """Of a change the process is asked anew: it may have become another program since it opened something."""
        known, since = self.recent.get(pid, (None, 0))
        start = began(pid)
        if known is not None and start not in (None, known['began']):
            known = None
        if known is not None and start is not None and self.asking is not None and not mask & CHANGES:
            return known
        now = self.remember(pid)
        if now['exe'] is not None:
            return now
        # it has ended: who it was says what had its number a moment ago, and when it was heard of
        is_fresh = known is not None and time.monotonic() - since < FRESH
        return dict(known if is_fresh else now, when=time.time())

    def remember(self, pid):
        now = who(pid)
        if now['exe'] is not None:
            if len(self.recent) > 4096:
                self.recent.clear()
            self.recent[pid] = now, time.monotonic()
        return now

    def tell(self, message):
        if len(self.lines) < BACKLOG:
            self.lines.append((json.dumps(message) + '\n').encode('utf-8'))
        else:
            self.lost += 1

    def flush(self):
        """Never waits: whoever opens a file would wait with it."""
        if self.lost and len(self.lines) < BACKLOG:
            self.lines.append(b'{"overflow":true}\n')
            self.lost = 0
        while self.lines:
            try:
                size = os.write(self.pipe, self.lines[0])
            except BlockingIOError:
                return
            except BrokenPipeError:
                os._exit(0)
            if size == len(self.lines[0]):
                self.lines.pop(0)
            else:
                self.lines[0] = self.lines[0][size:]


def is_listing(mask):
    """Opening a directory is no event: what is in its files is."""
    return bool(mask & ON_DIRECTORY) and not mask & ~(READS | ON_DIRECTORY)


def drain(group):
    try:
        return os.read(group, 1 << 16)
    except BlockingIOError:
        return b''


def start_ear(asking, telling):
    """Its end of the pipe to read from, and its pid. It ends with us."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    parent = os.getpid()
    pid = os.fork()
    if pid:
        os.close(writing)
        return reading, pid
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        LIBC.prctl(1, signal.SIGKILL, 0, 0, 0)
        LIBC.mlockall(ctypes.c_int(3))
        prefer()
        if os.getppid() == parent:
            Ear(asking, telling, writing, (parent, os.getpid())).listen()
    except Exception as error:  # pylint: disable=broad-except
        sys.stderr.write('its ear failed with %s\n' % type(error).__name__)
    finally:
        os._exit(1)


def prefer():
    """Before others: short-lived programs are gone soon."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -20)
    except OSError:
        return
