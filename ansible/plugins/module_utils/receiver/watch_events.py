# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operation `events`: what the watch wrote."""

import os

from .files import lstat, open_directory, read_file
from .identity import identity
from .lean import from_json
from .start import DIRECTORY

# the newest file of events, and those before it: more than a watch of ours keeps (OLDER), as another version may
FILES = ('events.jsonl',) + tuple('events.jsonl.%d' % number for number in range(1, 10))


def events(header, blobs):
    """Events after `since`, oldest first, at most `limit`; `before` is the one of that number, `last` the newest there is,
    `more` whether some are left."""
    if not os.path.lexists(header['directory']):
        return {'events': [], 'before': None, 'more': False, 'last': None, 'first': None, 'id': None}
    root = open_directory(header['directory'], loose=bool(header.get('loose')))
    try:
        return events_in(root, header)
    finally:
        os.close(root)


def events_in(root, header):
    machine = (identity(root) or {}).get('id')
    since, limit = header['since'], header['limit']
    if header.get('id') not in ('', machine):
        since = 0
    found, before, first, last = [], None, None, None
    if lstat(root, 'watch') is not None:
        folder = os.open('watch', DIRECTORY, dir_fd=root)
        try:
            for name in FILES:
                some = read_events(folder, name)
                found = [event for event in some if event['seq'] > since] + found
                before = next((event for event in some if event['seq'] == since), before)
                last = last or (some[-1] if some else None)
                first = some[0]['seq'] if some else first
                if some and some[0]['seq'] <= max(since, 1):
                    break
        finally:
            os.close(folder)
    return {'events': found[:limit], 'before': before, 'more': len(found) > limit, 'first': first, 'id': machine,
            'last': None if last is None else {'seq': last['seq'], 'at': last['at']}}


def read_events(folder, name):
    data = read_file(folder, name, 1 << 23)
    found = []
    for line in (data or b'').split(b'\n'):
        try:
            event = from_json(line.decode('utf-8'))
        except ValueError:
            continue
        if isinstance(event, dict) and isinstance(event.get('seq'), int):
            found.append(event)
    return found
