# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What a process did to a path, out of the kernel's many notices of it."""

import json
import os
import time

from .fanotify import ACCESS, ATTRIB, CLOSE_READ, CLOSE_WRITE, CREATE, DELETE, MODIFY, MOVED_FROM, MOVED_TO, ON_DIRECTORY, OPEN, Places, open_groups
from .ear import start_ear

# seconds that an opening waits for what comes of it
PATIENCE = 1

# seconds without a word from the ear, which says something each second
SILENCE = 15


class Notices(object):
    """What fanotify tells, gathered."""

    via = 'fanotify'

    def __init__(self):
        self.groups = open_groups()
        self.asks = self.groups[0] is not None
        self.places = Places(*self.groups)
        self.pipe, self.text = None, b''
        self.heard = time.monotonic()
        self.waiting = {}

    def begin(self):
        self.places.refresh()
        self.pipe, _pid = start_ear(*self.groups)
        self.heard = time.monotonic()

    def numbers(self):
        return [self.pipe]

    def deeds(self, everything=False):
        """(kind, path, who) of what is complete, or of all. Raises EOFError where the ear is gone."""
        found = []
        for message in self.messages():
            if message.get('overflow'):
                found.append(('overflow', None, None))
            elif 'mask' in message:
                found.extend(self.take(message))
        if self.places.failed is not None:
            found.append(('overflow', 'a directory cannot be watched: %s' % self.places.failed, None))
            self.places.failed = None
        return found + self.complete(everything)

    def messages(self):
        while True:
            try:
                data = os.read(self.pipe, 1 << 16)
            except BlockingIOError:
                break
            if not data:
                raise EOFError('its ear has ended')
            self.heard = time.monotonic()
            self.text += data
        if time.monotonic() - self.heard > SILENCE:
            raise EOFError('its ear is silent')
        lines = self.text.split(b'\n')
        self.text = lines.pop()
        return [json.loads(line.decode('utf-8')) for line in lines]

    def take(self, message):
        mask, facts = message['mask'], message['who']
        if mask & ON_DIRECTORY and mask & (CREATE | MOVED_TO | MOVED_FROM):
            self.places.refresh()
        path = self.places.path_of(bytes.fromhex(message['place']), message['name'])
        if path is None:
            return
        for bits, kind in ((CREATE, 'create'), (DELETE, 'delete'), (MOVED_FROM | MOVED_TO, 'move'), (ATTRIB, 'attributes')):
            if mask & bits:
                yield kind, path, facts
        rest = mask & (ACCESS | MODIFY | OPEN | CLOSE_READ | CLOSE_WRITE)
        if rest and not mask & ON_DIRECTORY:
            known = self.waiting.setdefault((facts['pid'], path), [0, time.monotonic(), facts])
            known[0] |= rest

    def complete(self, everything):
        now = time.monotonic()
        found = []
        for key, (mask, since, facts) in list(self.waiting.items()):
            if not everything and not mask & (CLOSE_READ | CLOSE_WRITE) and now - since < PATIENCE:
                continue
            del self.waiting[key]
            is_written = mask & (MODIFY | CLOSE_WRITE)
            if is_written:
                found.append(('write', key[1], facts))
            if mask & ACCESS or not is_written:
                found.append(('read', key[1], facts))
        return found

    def is_waiting(self):
        return bool(self.waiting)

    def close(self):
        for number in self.groups + (self.pipe,):
            if number is not None:
                os.close(number)
