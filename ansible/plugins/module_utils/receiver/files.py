# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Files and directories below ours, without following a link."""

import errno
import os
import stat

from .lean import from_json
from .start import DIRECTORY, MAX_FILE, READ, Refusal


def check_ancestors(path):
    """Every directory above ours belongs to root or to us and nobody else may rename things in it."""
    trusted = (0, os.geteuid())
    parent = os.path.dirname(path)
    while True:
        try:
            facts = os.stat(parent)
        except FileNotFoundError:
            facts = None
        if facts is not None:
            loose = facts.st_mode & 0o022 and not facts.st_mode & stat.S_ISVTX
            if facts.st_uid not in trusted or loose:
                raise Refusal('UNSAFE', '%s can be changed by others than root' % parent,
                              'chown root and chmod go-w %s' % parent)
        if parent == os.path.dirname(parent):
            return
        parent = os.path.dirname(parent)


def open_directory(path, make=False, loose=False):
    """A handle on our directory, never through a link in its last component. `loose`: only to look at it, whoever may
    change it."""
    if not os.path.isabs(path) or os.path.normpath(path) != path:
        raise Refusal('USAGE', 'not an absolute, plain path: %s' % path)
    if not loose:
        check_ancestors(path)
    if make and not os.path.lexists(path):
        os.makedirs(path, 0o700)
        fsync_path(os.path.dirname(path))
    try:
        handle = os.open(path, DIRECTORY)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise Refusal('UNSAFE', '%s is not a directory of its own' % path)
        raise
    facts = os.fstat(handle)
    if not loose and (facts.st_uid not in (0, os.geteuid()) or facts.st_mode & 0o022):
        raise Refusal('UNSAFE', '%s can be changed by others than root' % path, 'chown root and chmod go-w %s' % path)
    return handle


def fsync_path(path):
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_directory(parent, name, mode, uid, gid):
    """Makes (or opens) one directory below a handle; a link or foreign kind there is refused."""
    # its mode from the first instant: a run killed here leaves no directory that is too narrow for good
    mask = os.umask(0)
    try:
        os.mkdir(name, mode, dir_fd=parent)
        made = True
    except FileExistsError:
        made = False
    finally:
        os.umask(mask)
    handle = os.open(name, DIRECTORY, dir_fd=parent)
    if made:
        os.fchmod(handle, mode)
        if (uid, gid) != (os.geteuid(), os.getegid()):
            os.fchown(handle, uid, gid)
    return handle


# where the temporary names of a run that was killed may lie
FOLDERS = ('generations', 'ledger', 'bin', 'scripts', 'before', 'compose', 'live', 'watch', 'backups')


def leftovers(root):
    """Their paths, below the directory open at `root`."""
    waiting = [''] + [name for name in FOLDERS if is_directory(lstat(root, name))]
    found = []
    while waiting:
        folder = waiting.pop()
        handle = os.open(folder or '.', DIRECTORY, dir_fd=root)
        try:
            for name in os.listdir(handle):
                if name.startswith('.') and name.endswith('.tmp'):
                    found.append(os.path.join(folder, name))
                elif folder == 'live' and is_directory(lstat(handle, name)):
                    waiting.append(os.path.join(folder, name))
        finally:
            os.close(handle)
    return sorted(found)


def is_directory(facts):
    return facts is not None and stat.S_ISDIR(facts.st_mode)


def read_file(parent, name, limit=MAX_FILE):
    """The bytes of a regular file below a handle, or None when nothing is there."""
    try:
        handle = os.open(name, READ, dir_fd=parent)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refusal('UNSAFE', '%s is a link where a file belongs' % name)
        raise
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > limit:
            raise Refusal('UNSAFE', '%s is not a file of a sensible size' % name)
        parts = []
        while True:
            part = os.read(handle, 1 << 20)
            if not part:
                return b''.join(parts)
            parts.append(part)
    finally:
        os.close(handle)


def read_json(parent, name):
    data = read_file(parent, name, 1 << 20)
    if data is None:
        return None
    try:
        return from_json(data.decode('utf-8'))
    except ValueError:
        raise Refusal('TAMPERED', '%s is not readable JSON' % name)


def lstat(parent, name):
    try:
        return os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return None
