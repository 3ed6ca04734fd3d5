# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Writing that is whole or not there at all."""

import binascii
import os
import stat

from .files import leftovers
from .start import CREATE, DIRECTORY


def write_file(parent, name, data, mode, uid, gid):
    """Exclusive from the first instant, owner and mode set before the content, on disk when it returns."""
    handle = os.open(name, CREATE, 0o600, dir_fd=parent)
    try:
        if (uid, gid) != (os.geteuid(), os.getegid()):
            os.fchown(handle, uid, gid)
        os.fchmod(handle, mode)
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view):]
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(parent, name, data, mode=0o600):
    temporary = '.%s.%s.tmp' % (name, nonce())
    try:
        write_file(parent, temporary, data, mode, os.geteuid(), os.getegid())
        os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
    except OSError:
        forget(parent, temporary)
        raise
    os.fsync(parent)


def forget(parent, name):
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        return


def remove_tree(parent, name):
    facts = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if not stat.S_ISDIR(facts.st_mode):
        os.unlink(name, dir_fd=parent)
        return
    handle = os.open(name, DIRECTORY, dir_fd=parent)
    try:
        for child in os.listdir(handle):
            remove_tree(handle, child)
    finally:
        os.close(handle)
    os.rmdir(name, dir_fd=parent)


def sweep(root):
    """Removes what a killed run left behind: this host is ours alone now, so nobody is writing it."""
    for path in leftovers(root):
        folder, name = os.path.split(path)
        parent = os.open(folder or '.', DIRECTORY, dir_fd=root)
        try:
            remove_tree(parent, name)
        finally:
            os.close(parent)


def nonce():
    return binascii.hexlify(os.urandom(8)).decode()
