# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What was there before a replacement that is not settled yet: before/<container>.json."""

import os

from .files import make_directory, read_json
from .lean import canonical_json
from .writing import forget, replace_file


def with_before(root, work):
    folder = make_directory(root, 'before', 0o700, os.geteuid(), os.getegid())
    try:
        return work(folder)
    finally:
        os.close(folder)


def keep_before(root, header, facts):
    """The first attempt's stays: what a later one finds is no longer what was there before."""
    def keep(folder):
        name = header['container'] + '.json'
        if read_json(folder, name) is None:
            replace_file(folder, name, canonical_json(facts))
    with_before(root, keep)


def read_before(root, header):
    """None where there is nothing to settle."""
    return with_before(root, lambda folder: read_json(folder, header['container'] + '.json'))


def drop_before(root, header):
    with_before(root, lambda folder: forget(folder, header['container'] + '.json'))
    return False
