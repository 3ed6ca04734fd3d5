# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""One run at a time may change a host, and one call of it at a time."""

import os
import time

from .files import read_json
from .identity import read_lease, with_ledger
from .lean import canonical_json
from .start import Refusal
from .writing import replace_file, sweep

# seconds to wait for a call of another run
PATIENCE = 10

# the lock of this program, while it changes the host
HELD = []


def take_lease(root, header):
    """Grants the lease when it is free, ours, run out, or `over` names its dead holder; never to a run that has not
    seen the newest delivery."""
    wanted = header['lease']
    refuse_held(read_lease(root), header)
    lock(root)
    lease = read_lease(root) or {}
    refuse_held(lease, header)
    if header['revision'] <= lease.get('fence', 0):
        raise Refusal('CONFLICT', 'a newer delivery has been here since this run looked', 'run it again')
    with_ledger(root, lambda ledger: replace_file(ledger, 'lease.json', canonical_json({
        'run': header['run'], 'holder': wanted['holder'], 'until': int(time.time()) + wanted['seconds'],
        'fence': lease.get('fence', 0)})))
    sweep(root)


def refuse_held(lease, header):
    if lease is None or lease.get('run') in (None, header['run'], header['lease'].get('over')):
        return
    if lease.get('until', 0) > time.time():
        raise Refusal('CONFLICT', 'held by %s' % lease.get('holder'), 'wait for that run, then run this again')


def check_lease(root, header):
    """Only the run that holds the lease may change anything."""
    lock(root)
    lease = read_lease(root)
    if lease is None or lease.get('run') != header['run']:
        raise Refusal('CONFLICT', 'another run holds this host: %s' % (lease or {}).get('holder'))


def release_lease(root, header):
    """Keeps the highest revision; the run's name goes, so that the next one need not wait."""
    lock(root)
    lease = read_lease(root)
    if lease is not None and lease.get('run') == header['run']:
        fence = max(header['revision'], lease.get('fence', 0))
        with_ledger(root, lambda ledger: replace_file(ledger, 'lease.json', canonical_json(
            {'run': None, 'holder': None, 'until': 0, 'fence': fence})))


def lock(root):
    """Held until this program ends, however it ends. A run whose connection was cut off may be dead while its call is
    still at work here: it must have ended before anybody else begins."""
    if HELD:
        return
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    guard = with_ledger(root, lambda ledger: os.open('guard', flags, 0o600, dir_fd=ledger))
    until = time.time() + PATIENCE
    while not locked(guard):
        if time.time() > until:
            pids = ' '.join(holders(guard))
            raise Refusal('CONFLICT', 'a call of another run is still at work on this host (process %s)' % pids,
                          'wait until it has ended; if it never does: kill %s there' % pids)
        time.sleep(0.05)
    HELD.append(guard)


def unlock():
    """For a call that only waits from here on."""
    while HELD:
        os.close(HELD.pop())


def locked(guard):
    import fcntl
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


def holders(guard):
    """Processes that have the guard open, us aside."""
    wanted = os.fstat(guard)
    found = []
    for pid in os.listdir('/proc') if os.path.isdir('/proc') else []:
        if pid.isdigit() and int(pid) != os.getpid() and has_open(pid, wanted):
            found.append(pid)
    return found


def has_open(pid, wanted):
    folder = '/proc/%s/fd' % pid
    try:
        return any(os.path.samestat(os.stat(os.path.join(folder, name)), wanted) for name in os.listdir(folder))
    except OSError:
        return False
