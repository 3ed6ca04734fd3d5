# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The kernel's own notices, by fanotify. Marks lie on directories themselves, not on mounts: what a container does
through a mount of its own is seen as well. Two groups: one that asks before each opening, which tells for sure who it
is, because the process waits for the answer (always yes); one that tells what was done, with the name."""

import ctypes
import errno
import os
import struct

from .start import DIRECTORY, Unable, is_quiet

ACCESS, MODIFY, ATTRIB, CLOSE_WRITE, CLOSE_READ, OPEN = 0x1, 0x2, 0x4, 0x8, 0x10, 0x20
MOVED_FROM, MOVED_TO, CREATE, DELETE, OVERFLOW, OPEN_PERM = 0x40, 0x80, 0x100, 0x200, 0x4000, 0x10000
ON_CHILD, ON_DIRECTORY = 0x08000000, 0x40000000
CHANGES = MODIFY | ATTRIB | CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE
READS = ACCESS | CLOSE_READ | OPEN

INIT_ASKING = 0x1 | 0x2 | 0x4
INIT_TELLING = 0x1 | 0x2 | 0xc00
# add; only where it is a directory; not through a link
MARK_ADD = 0x1 | 0x8 | 0x4
AT_FDCWD = -100
AT_HANDLE_FID = 0x200
NAMED = 2

LIBC = ctypes.CDLL(None, use_errno=True)
HEAD = struct.Struct('=IBBHQii')


def fanotify_init(flags, file_flags):
    group = LIBC.fanotify_init(ctypes.c_uint(flags), ctypes.c_uint(file_flags))
    if group < 0:
        raise Unable('fanotify: %s' % errno.errorcode.get(ctypes.get_errno()))
    return group


def fanotify_mark(group, mask, path):
    done = LIBC.fanotify_mark(ctypes.c_int(group), ctypes.c_uint(MARK_ADD), ctypes.c_uint64(mask),
                              ctypes.c_int(AT_FDCWD), ctypes.c_char_p(os.fsencode(path)))
    return 0 if done == 0 else ctypes.get_errno()


def open_groups():
    """The one that asks and the one that tells. The first is done without where the kernel has no such questions."""
    if not hasattr(LIBC, 'fanotify_init') or not hasattr(LIBC, 'name_to_handle_at'):
        raise Unable('fanotify: the C library has none')
    telling = fanotify_init(INIT_TELLING, os.O_RDONLY)
    try:
        asking = fanotify_init(INIT_ASKING, os.O_RDONLY | os.O_LARGEFILE | os.O_CLOEXEC)
    except Unable:
        asking = None
    failed = fanotify_mark(telling, CHANGES | READS | ON_CHILD | ON_DIRECTORY, DIRECTORY)
    if not failed and handle_of(DIRECTORY) is None:
        failed = errno.EOPNOTSUPP
    if failed:
        for group in (telling, asking):
            if group is not None:
                os.close(group)
        raise Unable('fanotify: the file system does not take part (%s)' % errno.errorcode.get(failed))
    return asking, telling


def handle_of(path):
    """What the kernel calls a directory in its notices; None where its file system names none."""
    for flags in (AT_HANDLE_FID, 0):
        buffer = ctypes.create_string_buffer(struct.pack('=Ii', 128, 0) + b'\0' * 128)
        mount = ctypes.c_int()
        if LIBC.name_to_handle_at(AT_FDCWD, os.fsencode(path), buffer, ctypes.byref(mount), flags) == 0:
            size, kind = struct.unpack_from('=Ii', buffer.raw)
            return struct.pack('=i', kind) + buffer.raw[8:8 + size]
    return None


class Places(object):
    """The directories that are watched, by the kernel's name for each."""

    def __init__(self, asking, telling):
        self.asking, self.telling = asking, telling
        self.known = {}
        # why a directory could not be marked, for the one who writes
        self.failed = None

    def refresh(self):
        """Marks what is new. Marks of what is gone are gone with it; its name is kept for notices still to come."""
        waiting = ['']
        if len(self.known) > 10000:
            self.known.clear()
        while waiting:
            folder = waiting.pop()
            path = os.path.join(DIRECTORY, folder) if folder else DIRECTORY
            handle = handle_of(path)
            if handle is None or not self.mark(folder, path):
                continue
            self.known[handle] = folder
            try:
                waiting.extend(os.path.join(folder, entry.name) for entry in os.scandir(path)
                               if entry.is_dir(follow_symlinks=False))
            except OSError:
                continue

    def mark(self, folder, path):
        reads = 0 if is_quiet(folder) else READS
        asked = 0
        if self.asking is not None and reads:
            asked = fanotify_mark(self.asking, OPEN_PERM | ON_CHILD, path)
        told = fanotify_mark(self.telling, CHANGES | reads | ON_CHILD | ON_DIRECTORY, path)
        for error in (asked, told):
            if error not in (0, errno.ENOENT, errno.ENOTDIR):
                self.failed = errno.errorcode.get(error)
        return told == 0

    def path_of(self, handle, name):
        """Below our directory; None for a directory that was never seen there."""
        folder = self.known.get(handle)
        if folder is None:
            return None
        return (folder or '.') if name == '.' else os.path.join(folder, name)


def notices(data):
    """mask, open file or -1, pid, kernel's name of the directory or None, name in it."""
    at = 0
    while at + HEAD.size <= len(data):
        size, _version, _reserved, head, mask, handle, pid = HEAD.unpack_from(data, at)
        yield (mask, handle, pid) + named(data[at + head:at + size])
        at += size


def named(records):
    at = 0
    while at + 20 <= len(records):
        kind, _pad, size = struct.unpack_from('=BBH', records, at)
        if kind == NAMED:
            length, handle_kind = struct.unpack_from('=Ii', records, at + 12)
            handle = struct.pack('=i', handle_kind) + records[at + 20:at + 20 + length]
            name = records[at + 20 + length:at + size].split(b'\0')[0]
            return handle, name.decode('utf-8', 'backslashreplace')
        at += size or 20
    return None, None
