# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Waiting for containers."""

from .containers import address_of, container_facts, owner_labels
from .engine import engine_containers, engine_run
from .failed import is_failed
from .pages import fetch


def instances(header):
    """The containers of one consumer (a compose service may have several), without the one set aside or failed."""
    labels = owner_labels(header) + ['lockstep.container=' + header['container']]
    aside = '-%s-before' % header['container']
    return [item for item in engine_containers(labels) if not item['Name'].endswith(aside) and not is_failed(item)]


def look_at_containers(header, waited):
    found = instances(header)
    facts = {'containers': [container_facts(item, header) for item in found]}
    if not found:
        return False, 'the container is gone', facts
    for item in found:
        ready, reason = judge(item, header, waited)
        if not ready:
            return ready, reason, facts
    # its status page belongs to the same moment
    return True, None, {'containers': [container_facts(item, header) for item in found]}


def judge(item, header, waited):
    """Ready when its health page or command says so, else its own HEALTHCHECK, else after two seconds alive."""
    state = item.get('State') or {}
    if not state.get('Running') or state.get('Restarting'):
        return False, 'it ended with exit status %s' % state.get('ExitCode')
    if item.get('RestartCount'):
        return False, 'it ended, and its engine started it again'
    health = (state.get('Health') or state.get('Healthcheck') or {}).get('Status')
    if header.get('health'):
        reply = fetch(address_of(item, header['health']), header['health']['path'], 1)
        if reply.get('code') == 200:
            return True, None
        return None, 'its health page answered %s' % (reply.get('code') or reply.get('error'))
    if header.get('healthCommand'):
        status, _out, _err = engine_run(['exec', item['Id']] + header['healthCommand'], 30)
        return (True, None) if status == 0 else (None, 'its health command ended with %d' % status)
    if health in ('healthy', 'unhealthy'):
        return health == 'healthy', 'its health check says %s' % health
    if health is None or health == '':
        return (True, None) if waited > 2 else (None, 'it is starting')
    return None, 'its health check says %s' % health
