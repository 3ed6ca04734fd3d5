# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""One run at a time may change a host."""

import os
import time

from .files import read_json, to_json
from .identity import read_lease, with_ledger
from .start import Refusal
from .writing import replace_file


def take_lease(root, header):
    """Grants the lease when it is free, ours, run out, or `over` names its dead holder; never to a run that has not
    seen the newest delivery. Two at once: the guard's lock decides."""
    import fcntl
    wanted = header['lease']

    def take(ledger):
        guard = os.open('guard', os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=ledger)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            lease = read_json(ledger, 'lease.json') or {}
            free = lease.get('run') in (None, header['run'], wanted.get('over')) or lease.get('until', 0) <= time.time()
            if not free:
                raise Refusal('CONFLICT', 'held by %s' % lease.get('holder'), 'wait for that run, or see who it is')
            if header['revision'] <= lease.get('fence', 0):
                raise Refusal('CONFLICT', 'a newer delivery has been here since this run looked', 'run it again')
            replace_file(ledger, 'lease.json', to_json({
                'run': header['run'], 'holder': wanted['holder'], 'until': int(time.time()) + wanted['seconds'],
                'fence': lease.get('fence', 0)}))
        finally:
            os.close(guard)
    with_ledger(root, take)


def check_lease(root, header):
    """Only the run that holds the lease may change anything."""
    lease = read_lease(root)
    if lease is None or lease.get('run') != header['run']:
        raise Refusal('CONFLICT', 'another run holds this host: %s' % (lease or {}).get('holder'))


def release_lease(root, header):
    """Keeps the highest revision; the run's name goes, so that the next one need not wait."""
    lease = read_lease(root)
    if lease is not None and lease.get('run') == header['run']:
        fence = max(header['revision'], lease.get('fence', 0))
        with_ledger(root, lambda ledger: replace_file(ledger, 'lease.json', to_json(
            {'run': None, 'holder': None, 'until': 0, 'fence': fence})))
