# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operation `replace`."""

import os
import time

from .containers import container_facts, fetch
from .engine import clean, engine_containers, engine_run, must
from .identity import open_own
from .lease import check_lease


def replace(header, blobs):
    """Re-creates one container: the old one is stopped and set aside, the new one started and waited for.
    Nothing is thrown away: `settle` does that, once the operators' side has judged the facts."""
    root = open_own(header)
    try:
        check_lease(root, header)
    finally:
        os.close(root)
    name, aside = header['name'], header['name'] + '-before'
    existing = {item['Name'].lstrip('/') for item in engine_containers([name, aside])}
    if name in existing and aside in existing:
        must(['rm', '-f', name])
    elif name in existing:
        must(['rename', name, aside])
        existing.add(aside)
    if aside in existing:
        must(['stop', '-t', str(header.get('stopSeconds', 10)), aside], 90)
    status, _out, err = engine_run(header['argv'], 300)
    if status != 0:
        return {'started': False, 'reason': clean(err), 'set_aside': aside in existing}
    facts = wait_ready(header)
    facts.update(started=True, set_aside=aside in existing)
    return facts


def wait_ready(header):
    """Waits until the container is healthy (its own HEALTHCHECK, else the health page, else two seconds alive)."""
    deadline = time.time() + header['healthSeconds']
    alive_since = time.time()
    while True:
        found = engine_containers([header['name']])
        if not found:
            return {'ready': False, 'reason': 'the container is gone', 'container': None}
        ready, reason = judge(found[0], header, alive_since)
        if ready is not None or time.time() > deadline:
            statuses = {header['name']: header['status']} if header.get('status') else {}
            return {'ready': bool(ready), 'reason': reason, 'container': container_facts(found[0], statuses)}
        time.sleep(0.1)


def judge(item, header, alive_since):
    state = item.get('State') or {}
    if not state.get('Running') or state.get('Restarting') or item.get('RestartCount'):
        return False, 'it ended with exit status %s' % state.get('ExitCode')
    health = (state.get('Health') or state.get('Healthcheck') or {}).get('Status')
    if header.get('health'):
        reply = fetch(item, header['health'], 1)
        if reply.get('code') == 200:
            return True, None
        return None, 'its health page answered %s' % (reply.get('code') or reply.get('error'))
    if health in ('healthy', 'unhealthy'):
        return health == 'healthy', 'its health check says %s' % health
    if health is None or health == '':
        return (True, None) if time.time() - alive_since > 2 else (None, 'it is starting')
    return None, 'its health check says %s' % health
