# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""A socket that only root can reach. Whoever connects is told how the watch stands; by connecting, a program of
lockstep's own says that it is one. The kernel tells who it is: nobody connects in another's name."""

import json
import os
import socket
import struct

from .who import began

DOOR_NAME = 'socket'
REMEMBERED = 1000


class Door(object):
    def __init__(self, home, status):
        self.status = status
        self.callers = {}
        self.open = {}
        folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            # by its open folder: a socket's path may have no more than 107 bytes
            path = '/proc/self/fd/%d/%s' % (folder, DOOR_NAME)
            if os.path.lexists(path):
                os.unlink(path)
            self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.listener.bind(path)
        finally:
            os.close(folder)
        self.listener.listen(64)
        self.listener.setblocking(False)

    def accept(self):
        """Takes in all who wait."""
        while True:
            try:
                caller, _address = self.listener.accept()
            except OSError:
                return
            pid, uid, _gid = struct.unpack('iII', caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            if uid != os.geteuid():
                caller.close()
                continue
            if len(self.callers) >= REMEMBERED:
                self.callers.pop(next(iter(self.callers)))
            self.callers[pid] = began(pid)
            caller.setblocking(False)
            try:
                caller.send((json.dumps(self.status()) + '\n').encode('utf-8'))
            except OSError:
                caller.close()
                continue
            self.open[caller.fileno()] = caller

    def close(self, number):
        self.open.pop(number).close()

    def is_ours(self, facts):
        """A caller, or a program that a caller started."""
        pid = facts.get('pid')
        if pid in self.callers:
            known = self.callers[pid]
            return None in (known, facts.get('began')) or known == facts['began']
        return facts.get('ppid') in self.callers
