# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Which project and host a directory belongs to, and who holds it."""

import os

from .files import lstat, make_directory, open_directory, read_json
from .start import Refusal


def identity(root):
    """host.json: project, environment and inventory name this directory belongs to, and the host's random id."""
    return None if root is None else read_json(root, 'host.json')


def open_own(header):
    """Our directory, after the checks that come before anything is written."""
    root = open_directory(header['directory'])
    known = identity(root)
    wanted = header['identity']
    if known is None:
        raise Refusal('CONFLICT', 'this host is not set up', 'lockstep setup --hosts %s' % wanted['host'])
    for key in ('project', 'environment', 'host', 'id'):
        if known.get(key) != wanted.get(key):
            raise Refusal('CONFLICT', 'this is not the machine that was set up: its %s differs' % key)
    return root


def with_ledger(root, work):
    ledger = make_directory(root, 'ledger', 0o700, os.geteuid(), os.getegid())
    try:
        return work(ledger)
    finally:
        os.close(ledger)


def read_lease(root):
    """Who may change this host now ({run, holder, until}), and the highest revision that has been here (fence)."""
    if lstat(root, 'ledger') is None:
        return None
    return with_ledger(root, lambda ledger: read_json(ledger, 'lease.json'))
