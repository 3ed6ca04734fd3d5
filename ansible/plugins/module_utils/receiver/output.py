# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operation `output`: what the library told on the standard output of containers, and nothing else of it."""

import os
import time

from .containers import owner_labels
from .engine import engine_containers, find_engine
from .lean import from_json

MOST_EVENTS = 500
MOST_BYTES = 64 * 1024 * 1024
LONGEST_LINE = 16 * 1024
PATIENCE = 30
NAME = frozenset('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_')
TIME = frozenset('0123456789TZ:.+-')
CODE = frozenset('ABCDEFGHIJKLMNOPQRSTUVWXYZ_')


def output(header, blobs):
    """`since` holds the last time stamp that was had of each container, by its id."""
    until = time.time() + PATIENCE
    since = header.get('since') or {}
    found = []
    for item in engine_containers(owner_labels(header)):
        labels = (item.get('Config') or {}).get('Labels') or {}
        told = told_by(item['Id'], since.get(item['Id']), until)
        told.update({'container': labels.get('lockstep.container', ''), 'id': item['Id']})
        for event in told['events']:
            if event['scope'] not in ('host', 'container/' + told['container']):
                event['scope'] = None
        found.append(told)
    return {'containers': found}


def told_by(name, after, until):
    """Its events behind the time stamp `after`; `last` is the stamp to go on from, `more` says that there are others."""
    import subprocess
    command = [find_engine(), 'logs', '--timestamps'] + (['--since', after] if after else []) + [name]
    with open(os.devnull, 'r+b') as nothing:
        process = subprocess.Popen(command, stdin=nothing, stdout=subprocess.PIPE, stderr=nothing)
        events, last, done, more = [], after, 0, False
        for stamp, text in lines_of(process.stdout):
            done += len(text)
            if stamp != after:
                last = stamp
                event = event_of(text)
                if event is not None:
                    events.append(dict(event, stamp=stamp))
            if len(events) >= MOST_EVENTS or done > MOST_BYTES or time.time() > until:
                more = True
                process.kill()
                break
        process.stdout.close()
        status = process.wait()
    return {'events': events, 'last': last, 'more': more, 'readable': more or status == 0}


def lines_of(stream):
    """Time stamp and text of each line; one that is too long for one of ours has no text."""
    whole = True
    while True:
        part = stream.readline(LONGEST_LINE)
        if not part:
            return
        begins, whole = whole, part.endswith(b'\n')
        stamp, _space, text = part.partition(b' ')
        if begins and len(stamp) <= 40 and stamp[:4].isdigit() and stamp[10:11] == b'T':
            yield stamp.decode('ascii', 'replace'), text if whole else b''


def event_of(text):
    """What the library writes, member by member: a program that imitates it gets no other text through."""
    if b'"lockstep"' not in text:
        return None
    try:
        value = from_json(text.decode('utf-8'))
    except ValueError:
        return None
    if not isinstance(value, dict) or value.get('lockstep') not in ('ready', 'degraded'):
        return None
    generation = value.get('generation')
    missing = value.get('missing')
    return {'event': value['lockstep'], 'time': word(value.get('time'), TIME, 40), 'scope': value.get('scope'),
            'generation': generation.get('number') if isinstance(generation, dict)
            and type(generation.get('number')) is int and 0 <= generation['number'] < 1 << 31 else None,
            'missing': [name for name in missing[:200] if is_name(name)] if isinstance(missing, list) else [],
            'error': word(value.get('error'), CODE, 20)}


def word(value, letters, longest):
    return value if isinstance(value, str) and len(value) <= longest and set(value) <= letters else None


def is_name(value):
    return isinstance(value, str) and 0 < len(value) <= 128 and set(value) <= NAME
