# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""A container that a delivery started and took back: kept for its logs under a name of its own, until a delivery
succeeds. Its labels are those it was started with: no engine changes them later."""

import time

from .engine import engine_containers, engine_inspect, engine_run, must

# what stands behind its name
FAILED = '-failed'
# seconds: in which it is told to rest, and that an engine has to start what it was about to start
REST_WITHIN, PAUSE = 10, 0.4
# podman's `stopped` is none of these: it ended, and is about to be started again
AT_REST = ('exited', 'created', 'dead')


def keep_failed(item, name, older):
    """Stopped, not to be started again by its engine, in place of an older one. True: it is there under this name."""
    if older is not None:
        must(['rm', '-f', older['Id']])
    if rests(item) and engine_run(['rename', item['Id'], name])[0] == 0:
        return True
    must(['rm', '-f', item['Id']])
    return False


def rests(item):
    """Some engines cannot change what they do when they start; they leave alone what was stopped while it ran, but for
    `always`. What its engine is starting again at this moment can neither be changed nor stopped: it is told again."""
    policy = ((item.get('HostConfig') or {}).get('RestartPolicy') or {}).get('Name')
    until = time.time() + REST_WITHIN
    while time.time() < until:
        engine_run(['stop', '-t', '0', item['Id']], 90)
        state = state_of(item['Id'])
        if state is None:
            return False
        if state not in AT_REST:
            continue
        status, _out, _err = engine_run(['update', '--restart', 'no', item['Id']])
        time.sleep(PAUSE)
        if state_of(item['Id']) in AT_REST:
            return status == 0 or policy in ('', 'no', 'unless-stopped')
    return False


def state_of(name):
    """The engine's word for it; None: it is not there."""
    return next(((one.get('State') or {}).get('Status') for one in engine_inspect([name])), None)


def is_failed(item):
    labels = (item.get('Config') or {}).get('Labels') or {}
    own = labels.get('lockstep.container')
    return own is not None and item['Name'].endswith('-%s%s' % (own, FAILED))


def forget_failed(owner):
    """Those of one project and environment. One that stays is in nobody's way: the next delivery tries again."""
    labels = ['lockstep.%s=%s' % (key, owner[key]) for key in ('project', 'environment')]
    gone = [item['Id'] for item in engine_containers(labels) if is_failed(item)]
    if gone:
        engine_run(['rm', '-f'] + gone)
