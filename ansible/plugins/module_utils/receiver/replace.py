# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operations `replace` and `settle`."""

import os
import time

from .identity import open_own
from .lease import check_lease

# a kind of consumer: its part adds {'put', 'look', 'back', 'drop'}
KINDS = {}


def replace(header, blobs):
    """Puts one consumer onto a generation and waits until it is ready. What was there before is kept aside: `settle`
    ends that, once the operators' side has judged the facts."""
    root = open_own(header)
    try:
        check_lease(root, header)
        kind = KINDS[header['kind']]
        reason = kind['put'](root, header)
    finally:
        os.close(root)
    if reason is not None:
        return {'started': False, 'reason': reason}
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
        return {'restored': kind['drop' if header['keep'] == 'new' else 'back'](root, header)}
    finally:
        os.close(root)
