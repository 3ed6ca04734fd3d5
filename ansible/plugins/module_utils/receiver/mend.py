# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operation `mend`."""

import os
import stat
import time

from .identity import open_own, read_lease
from .lease import lock
from .start import DIRECTORY, READ, Refusal


def mend(header, blobs):
    """Gives paths of ours the owner and mode they should have, each only where it is still as it was seen. Answers in
    the order of the items: null where it was done, else why not."""
    root = open_own(header)
    try:
        lock(root)
        lease = read_lease(root) or {}
        if lease.get('run') is not None and lease.get('until', 0) > time.time():
            raise Refusal('CONFLICT', 'held by %s' % lease.get('holder'), 'wait for that run, then run this again')
        return {'mended': [mend_path(root, item) for item in header['items']]}
    finally:
        os.close(root)


def mend_path(root, item):
    try:
        handle = open_path(root, item['path'])
    except (OSError, Refusal):
        return 'it cannot be opened any more'
    try:
        facts = os.fstat(handle)
        if not as_seen(facts, item['seen']):
            return 'it was changed since it was looked at'
        if 'uid' in item:
            os.fchown(handle, item['uid'], -1)
        for name in item.get('attributes', []):
            drop_attribute(handle, name)
        if 'mode' in item:
            os.fchmod(handle, item['mode'])
        os.fsync(handle)
        return None
    except PermissionError:
        return 'not permitted: it may have the immutable flag (lsattr)'
    finally:
        os.close(handle)


def open_path(root, path):
    """Through directories of its own alone: no link is followed, none leads out."""
    parts = path.split('/')
    if any(part in ('', '.', '..') for part in parts):
        raise Refusal('USAGE', 'not a plain path: %s' % path)
    parent = os.dup(root)
    try:
        for part in parts[:-1]:
            above, parent = parent, os.open(part, DIRECTORY, dir_fd=parent)
            os.close(above)
        return os.open(parts[-1], READ, dir_fd=parent)
    finally:
        os.close(parent)


def as_seen(facts, seen):
    kind = 'directory' if stat.S_ISDIR(facts.st_mode) else 'file' if stat.S_ISREG(facts.st_mode) else 'other'
    single = kind == 'directory' or facts.st_nlink == 1
    return single and {'kind': kind, 'mode': stat.S_IMODE(facts.st_mode), 'uid': facts.st_uid} == seen


def drop_attribute(handle, name):
    if name in os.listxattr(handle):
        os.removexattr(handle, name)
