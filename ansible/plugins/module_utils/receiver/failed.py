# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""A container that a delivery started and took back: kept for its logs under a name of its own, until a delivery
succeeds. Its labels are those it was started with: no engine changes them later."""

import time

from .engine import engine_containers, engine_inspect, engine_run, must

# what stands behind its name
FAILED = '-failed'
# how often it is told to rest, and how long an engine has to start what it was about to start
TIMES, PAUSE = 5, 0.4


def keep_failed(item, name, older):
    """Stopped, not to be started again by its engine, in place of an older one. True: it is there under this name."""
    if older is not None:
        must(['rm', '-f', older['Id']])
    if rests(item) and engine_run(['rename', item['Id'], name])[0] == 0:
        return True
    must(['rm', '-f', item['Id']])
    return False


def rests(item):
    """Some engines cannot change what they do when they start; they leave alone what was stopped, but for `always`. What
    its engine is starting again at this moment can neither be changed nor stopped: it is told again."""
    policy = ((item.get('HostConfig') or {}).get('RestartPolicy') or {}).get('Name')
    for _time in range(TIMES):
        if engine_run(['stop', '-t', '0', item['Id']], 90)[0] != 0:
            return False
        status, _out, _err = engine_run(['update', '--restart', 'no', item['Id']])
        time.sleep(PAUSE)
        if not is_up(item['Id']):
            return status == 0 or policy in ('', 'no', 'unless-stopped')
    return False


def is_up(name):
    state = [item.get('State') or {} for item in engine_inspect([name])]
    return any(one.get('Running') or one.get('Restarting') for one in state)


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
