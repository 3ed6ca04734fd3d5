# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What an audit asks of our own paths and of what is above them, besides what `walk` lists: access lists, extended
attributes, flags, and values that lie there open."""

import errno
import fcntl
import os
import stat
import struct

from .start import READ
from .walk import kind_of, visible

# FS_IOC_GETFLAGS
GET_FLAGS = 0x80006601 | struct.calcsize('l') << 16
IMMUTABLE_OR_APPEND = 0x30
MOST_PATHS = 2000
LONGEST_FILE = 1 << 20
SEALED = b'$ANSIBLE_VAULT;'
ACCESS, DEFAULT = 'system.posix_acl_access', 'system.posix_acl_default'


def parents(directory):
    """Every directory above ours up to the root, as it is written and as it really is."""
    found = {}
    for path in (directory, os.path.realpath(directory)):
        while path != os.path.dirname(path):
            path = os.path.dirname(path)
            try:
                facts = os.lstat(path)
            except FileNotFoundError:
                continue
            found[path] = {'path': visible(path), 'kind': kind_of(facts.st_mode), 'mode': stat.S_IMODE(facts.st_mode),
                           'uid': facts.st_uid, 'gid': facts.st_gid, 'acl': access_list(path, ACCESS)}
    return [found[path] for path in sorted(found)]


def access_list(path, name):
    """[tag, permissions, id] of each entry; [] where the mode says it all."""
    try:
        data = os.getxattr(path, name, follow_symlinks=False)
    except OSError:
        return []
    return [list(struct.unpack_from('<HHI', data, at)) for at in range(4, len(data) - 7, 8)]


def attributes(path):
    try:
        return os.listxattr(path, follow_symlinks=False)
    except OSError:
        return []


def marked_paths(directory, paths, seeker):
    """Those of our paths that have more to them than a mode: [path, access list, default list, names of attributes,
    flags, values that lie there open]."""
    found = []
    for entry in paths or []:
        path = directory if entry[0] == '.' else os.path.join(directory, entry[0])
        names = attributes(path) if entry[1] != 'link' else []
        flags, held = (opened_facts(path, entry, seeker) if entry[1] in ('file', 'directory') else (0, []))
        if names or flags or held:
            found.append([entry[0], access_list(path, ACCESS) if ACCESS in names else [],
                          access_list(path, DEFAULT) if DEFAULT in names else [],
                          sorted(visible(name) for name in names if name not in (ACCESS, DEFAULT)), flags, held])
    return seeker.most('paths', found, MOST_PATHS)


def opened_facts(path, entry, seeker):
    try:
        handle = os.open(path, READ)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP, errno.EACCES, errno.ENXIO):
            return 0, []
        raise
    try:
        return flags_of(handle), ([] if entry[1] == 'directory' else open_values(handle, entry[0], seeker))
    finally:
        os.close(handle)


def flags_of(handle):
    try:
        return struct.unpack('l', fcntl.ioctl(handle, GET_FLAGS, b'\0' * struct.calcsize('l')))[0] & IMMUTABLE_OR_APPEND
    except OSError:
        return 0


def open_values(handle, name, seeker):
    """A scope password is meant to lie in a file of that name, and sealed files hold nothing to be found."""
    size = os.fstat(handle).st_size
    if size == 0 or size > LONGEST_FILE or name.split('/')[-1] == 'vault-password':
        return []
    head = os.read(handle, len(SEALED))
    if head == SEALED or not seeker.may_read('paths', size):
        return []
    return seeker.in_text(head + os.read(handle, LONGEST_FILE))


def learn_passwords(directory, paths, seeker):
    """So that a copy of one is known where it lies."""
    for entry in paths or []:
        if entry[1] == 'file' and entry[0].split('/')[-1] == 'vault-password':
            try:
                handle = os.open(os.path.join(directory, entry[0]), READ)
            except OSError:
                continue
            try:
                seeker.learn(os.read(handle, 1 << 12).strip())
            finally:
                os.close(handle)
