# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""A socket that only root can reach. Whoever connects is told how the watch stands; by connecting, a program of
lockstep's own says that it is one. The kernel tells who it is: nobody connects in another's name."""

import json
import os
import socket
import struct
import time

from .who import began

DOOR_NAME = 'socket'

# seconds for which a caller that has gone is remembered: what it did last may not have been heard yet
LINGER = 3

# what a caller says before it ends the watch on purpose
ENDING = b'end\n'

# seconds by which what was heard of a process may be told too early or too late. No number is used again that soon
SLACK = 1


class Caller(object):
    """A process that holds its connection: its number is nobody else's as long as it does."""

    def __init__(self, connection, pid, start):
        self.connection, self.pid, self.began = connection, pid, start
        self.came, self.gone, self.forgotten = time.time(), None, None
        self.ends = False

    def leave(self):
        self.connection.close()
        self.gone, self.forgotten = time.time(), time.monotonic() + LINGER

    def did(self, start, when):
        """By when the process began; where that is not known, because it had ended, by when it was heard of."""
        if start is not None:
            return start == self.began
        return when is not None and self.came - SLACK <= when and (self.gone is None or when <= self.gone + SLACK)


class Door(object):
    def __init__(self, home, status):
        self.status = status
        # by pid, and by the number of their connection
        self.callers, self.open = {}, {}
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
                connection, _address = self.listener.accept()
            except OSError:
                return
            connection.setblocking(False)
            caller = self.caller(connection)
            if caller is None:
                connection.close()
                continue
            known = self.callers.get(caller.pid)
            if known is not None and known.began == caller.began:
                caller.came = known.came
            self.callers[caller.pid] = self.open[connection.fileno()] = caller

    def caller(self, connection):
        """Who it is, told how the watch stands. None: another user's, or one that has ended, whose number may be another's."""
        pid, uid, _gid = struct.unpack('iII', connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if uid != os.geteuid():
            return None
        found = Caller(connection, pid, began(pid))
        # after it was told it may go at once
        if found.began is None or not is_there(connection):
            return None
        try:
            connection.send((json.dumps(self.status()) + '\n').encode('utf-8'))
        except OSError:
            return None
        return found

    def close(self, number):
        self.open.pop(number).leave()

    def has_gone(self, number):
        """It has said something, or nothing more will come."""
        caller = self.open[number]
        try:
            said = caller.connection.recv(len(ENDING))
        except BlockingIOError:
            return False
        except OSError:
            return True
        caller.ends = caller.ends or said == ENDING
        return said == b''

    def is_foretold(self):
        """A caller that is still there has said that it ends the watch."""
        return any(not self.has_gone(number) and caller.ends for number, caller in list(self.open.items()))

    def forget(self):
        """Those who have gone. To be called when all that was heard by then has been judged."""
        now = time.monotonic()
        for pid in [pid for pid, one in self.callers.items() if one.gone is not None and one.forgotten <= now]:
            del self.callers[pid]

    def is_ours(self, facts):
        """A caller, or a program that a caller started."""
        when = facts.get('when')
        return (self.is_caller(facts.get('pid'), facts.get('began'), when)
                or self.is_caller(facts.get('ppid'), facts.get('parentBegan'), when))

    def is_caller(self, pid, start, when):
        caller = self.callers.get(pid)
        return caller is not None and caller.did(start, when)


def is_there(connection):
    """At its other end somebody waits, who says nothing."""
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
