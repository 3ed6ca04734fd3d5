# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operations `replace` and `settle`."""

import os
import time

from .files import lstat
from .identity import open_own
from .lease import check_lease, unlock
from .start import DIRECTORY
from .writing import remove_tree

# a kind of consumer: its part adds {'put', 'look', 'back', 'drop'}
KINDS = {}


def replace(header, blobs):
    """Puts one consumer onto a generation and waits until it is ready. What was there before is kept aside: `settle`
    ends that, once the operators' side has judged the facts. `prepare` only sees to what that needs."""
    root = open_own(header)
    try:
        check_lease(root, header)
        kind = KINDS[header['kind']]
        if header.get('prepare'):
            kind['prepare'](header)
            return {'started': False}
        reason = kind['put'](root, header)
    finally:
        os.close(root)
    if reason is not None:
        return {'started': False, 'reason': reason}
    unlock()
    facts = wait_ready(header, kind['look'])
    facts['started'] = True
    return facts


def wait_ready(header, look):
    """`look` says ready, not ready for good, or (None) not yet; with a reason and facts."""
    since = time.time()
    while True:
        ready, reason, facts = look(header, time.time() - since)
        if ready is not None or time.time() - since > header['healthSeconds']:
            return dict(facts, ready=bool(ready), reason=reason)
        time.sleep(0.1)


def settle(header, blobs):
    """Ends a replacement: `keep: new` forgets what was there before, `keep: old` puts it back and starts it."""
    root = open_own(header)
    try:
        check_lease(root, header)
        kind = KINDS[header['kind']]
        if header['keep'] == 'old':
            restored = kind['back'](root, header)
            return {'restored': restored, 'kept': bool(header.get('kept'))}
        if not header.get('live'):
            forget_live(root, header['container'])
        return {'restored': kind['drop'](root, header)}
    finally:
        os.close(root)


def forget_live(root, container):
    """The live directory of a program that no longer follows one."""
    if lstat(root, 'live') is None:
        return
    live = os.open('live', DIRECTORY, dir_fd=root)
    try:
        for name in (container + '.json', container):
            if lstat(live, name) is not None:
                remove_tree(live, name)
    finally:
        os.close(live)
