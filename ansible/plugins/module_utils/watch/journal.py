# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""events.jsonl: one event on a line, numbered without gaps, over restarts and over the files that follow each other."""

import json
import os
import time

from .start import FILE_SIZE, OLDER, boot_id

LOG_NAME = 'events.jsonl'
FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class Journal(object):
    def __init__(self, home):
        self.home = home
        self.boot = boot_id()
        self.file = None
        self.unsaved = False
        self.cut = self.reopen()
        self.seq = self.last_seq()

    def reopen(self):
        """Bytes cut off at the end: a line that a crash left half written says nothing for sure."""
        if self.file is not None:
            os.close(self.file)
        self.file = os.open(os.path.join(self.home, LOG_NAME), FLAGS, 0o600)
        size = os.fstat(self.file).st_size
        tail = os.pread(self.file, 1 << 16, max(0, size - (1 << 16)))
        torn = len(tail) - (tail.rfind(b'\n') + 1)
        if torn:
            os.ftruncate(self.file, size - torn)
        return torn

    def last_seq(self):
        for number in range(OLDER + 1):
            path = os.path.join(self.home, LOG_NAME + ('.%d' % number if number else ''))
            try:
                with open(path, 'rb') as source:
                    source.seek(max(0, os.fstat(source.fileno()).st_size - (1 << 16)))
                    lines = source.read().split(b'\n')
            except OSError:
                continue
            for line in reversed(lines):
                seq = seq_of(line)
                if seq is not None:
                    return seq
        return 0

    def write(self, kind, **facts):
        """Whole lines only, each in one call."""
        self.follow()
        self.seq += 1
        event = dict(facts, seq=self.seq, at=int(time.time() * 1000), boot=self.boot, kind=kind)
        line = json.dumps(event, sort_keys=True, separators=(',', ':')) + '\n'
        os.write(self.file, line.encode('utf-8'))
        self.unsaved = True
        if os.fstat(self.file).st_size > FILE_SIZE:
            self.rotate()

    def follow(self):
        """Somebody may have moved the file away: what comes belongs to a new one of its name."""
        try:
            here = os.stat(os.path.join(self.home, LOG_NAME))
            if os.path.samestat(here, os.fstat(self.file)):
                return
        except FileNotFoundError:
            pass
        self.reopen()

    def rotate(self):
        self.save()
        path = os.path.join(self.home, LOG_NAME)
        for number in range(OLDER, 0, -1):
            before = path if number == 1 else '%s.%d' % (path, number - 1)
            if os.path.lexists(before):
                os.rename(before, '%s.%d' % (path, number))
        self.reopen()

    def save(self):
        if self.unsaved:
            os.fsync(self.file)
            self.unsaved = False


def seq_of(line):
    try:
        seq = json.loads(line.decode('utf-8')).get('seq')
    except (ValueError, AttributeError):
        return None
    return seq if isinstance(seq, int) else None
