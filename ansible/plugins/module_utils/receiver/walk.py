# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""For `inspect` with `walk`: every path of ours."""

import itertools
import os
import stat

from .inspect import EXTRAS


MOST = 20000


def walk(header, limit=MOST):
    """Every path below ours and ours itself: relative path, kind, mode, owner, links, link target.
    None where there is nothing of ours."""
    directory = header['directory']
    if not os.path.lexists(directory):
        return None
    found = []
    waiting = ['']
    while waiting and len(found) < limit:
        relative = waiting.pop()
        path = os.path.join(directory, relative) if relative else directory
        try:
            facts = os.lstat(path)
        except FileNotFoundError:
            continue
        kind = kind_of(facts.st_mode)
        entry = [visible(relative) or '.', kind, stat.S_IMODE(facts.st_mode), facts.st_uid, facts.st_gid, facts.st_nlink]
        if kind == 'link':
            entry.append(visible(os.readlink(path)))
        found.append(entry)
        if kind == 'directory':
            with os.scandir(path) as listed:
                names = sorted(entry.name for entry in itertools.islice(listed, limit))
            waiting.extend(os.path.join(relative, name) if relative else name for name in names)
    return found


def visible(name):
    """A name that is not UTF-8 cannot be told as it is, and must not keep the others from being told."""
    return os.fsencode(name).decode('utf-8', 'backslashreplace')


def kind_of(mode):
    for kind, test in (('file', stat.S_ISREG), ('directory', stat.S_ISDIR), ('link', stat.S_ISLNK),
                       ('fifo', stat.S_ISFIFO)):
        if test(mode):
            return kind
    return 'other'


EXTRAS['walk'] = walk
