# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operation `settle`."""

from .engine import engine_containers, must


def settle(header, blobs):
    """Ends a replacement: `keep: new` removes the one set aside, `keep: old` puts it back and starts it."""
    name, aside = header['name'], header['name'] + '-before'
    existing = {item['Name'].lstrip('/') for item in engine_containers([name, aside])}
    if header['keep'] == 'new':
        if aside in existing:
            must(['rm', '-f', aside])
        return {}
    if name in existing:
        must(['rm', '-f', name])
    if aside in existing:
        must(['rename', aside, name])
        must(['start', name])
    return {'restored': aside in existing}
