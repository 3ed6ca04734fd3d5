# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""For `inspect` with `watch`: what is installed of the watch, what runs, and what it wrote."""

import os
import sys

from .inspect import EXTRAS
from .lean import sha256
from .watch_events import events
from .watched import announce

SYSTEMD, CRON = '/etc/systemd/system', '/etc/cron.d'


def watch_facts(header):
    """What is installed, what runs, and what it wrote since."""
    directory, asked = header['directory'], header['watch']
    facts = {'interpreter': sys.executable or '/usr/bin/python3', 'init': init_of(), 'agent': digest_of(directory, 'watch/agent.py'),
             'starter': None, 'running': announce(directory)}
    for kind, path in (('systemd', os.path.join(SYSTEMD, asked['name'] + '.service')), ('cron', os.path.join(CRON, asked['name']))):
        digest = digest_of('/', path[1:])
        if digest is not None:
            facts['starter'] = {'kind': kind, 'sha256': digest}
    facts.update(events(dict(asked, directory=directory, loose=header.get('loose')), []))
    return facts


def init_of():
    if os.path.isdir('/run/systemd/system'):
        return 'systemd'
    return 'cron' if os.path.isdir(CRON) else None


def digest_of(directory, path):
    try:
        with open(os.path.join(directory, path), 'rb') as source:
            return sha256(source.read()).hexdigest()
    except OSError:
        return None


EXTRAS['watch'] = watch_facts
