# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operation `inspect`."""

import os
import stat
import sys
import time

from .files import is_directory, leftovers, lstat, open_directory, read_file
from .generation import generation_facts, generations
from .identity import identity, read_lease, with_ledger

# what only some inspections need: the word that asks for it, and a function of the header; its part adds it
EXTRAS = {}


def inspect(header, blobs):
    """Facts, no judgement; writes nothing. `engine` asks about containers, `walk` lists every path of ours, `audit` what
    is around them; `loose` goes through directories that others can change."""
    directory = header['directory']
    facts = {'python': '%d.%d.%d' % sys.version_info[:3], 'uid': os.geteuid(), 'hostname': os.uname()[1],
             'now': int(time.time()), 'directory': directory, 'identity': None, 'current': None,
             'generations': [], 'scopes': {}, 'lease': None, 'ledger': None, 'paths': None, 'legacy': [], 'links': [],
             'leftovers': [], 'staged': None, 'unsettled': [], 'units': {}, 'live': {}, 'watch': None}
    if os.path.lexists(directory):
        # an audit is to tell of the loose directory that all else refuses to go through
        root = open_directory(directory, loose=bool(header.get('loose')))
        try:
            inspect_root(root, header, facts)
        finally:
            os.close(root)
    facts['readOnly'] = is_read_only(directory)
    for asked, place in (('engine', 'engine'), ('walk', 'paths'), ('units', 'units'), ('live', 'live'),
                         ('watch', 'watch')):
        if header.get(asked):
            facts[place] = EXTRAS[asked](header)
    if header.get('audit'):
        facts['audit'] = EXTRAS['audit'](header, blobs, facts)
    if header.get('executable'):
        facts['executable'] = executable_digest(directory)
    return facts


def inspect_root(root, header, facts):
    facts['identity'] = identity(root)
    facts['lease'] = read_lease(root)
    facts['leftovers'] = leftovers(root)
    numbers, current = generations(root)
    facts['generations'] = numbers
    facts['current'] = current
    if current is not None:
        facts['scopes'] = generation_facts(root, current) or {}
    if numbers and numbers[-1] > (current or 0):
        facts['staged'] = {'number': numbers[-1], 'scopes': generation_facts(root, numbers[-1]) or {}}
    if header.get('ledger') and 'ledger' in os.listdir(root):
        sealed = with_ledger(root, lambda ledger: read_file(ledger, 'ledger.vault', 1 << 23))
        facts['ledger'] = sealed.decode('ascii', 'replace') if sealed is not None else None
    if is_directory(lstat(root, 'backups')):
        note = read_file(root, 'backups/note.json', 1 << 16)
        facts['backup'] = note.decode('utf-8', 'replace') if note is not None else None
    if lstat(root, 'before') is not None:
        names = os.listdir(os.path.join(header['directory'], 'before'))
        facts['unsettled'] = sorted(name[:-5] for name in names if name.endswith('.json'))
    for name in ('vault-password', 'secrets'):
        entry = lstat(root, name)
        if entry is not None:
            facts['links' if stat.S_ISLNK(entry.st_mode) else 'legacy'].append(name)


def is_read_only(directory):
    path = directory
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return bool(os.statvfs(path).f_flag & getattr(os, 'ST_RDONLY', 1))


def executable_digest(directory):
    import hashlib
    try:
        digest = hashlib.sha256()
        with open(os.path.join(directory, 'bin', 'lockstep'), 'rb') as source:
            for part in iter(lambda: source.read(1 << 20), b''):
                digest.update(part)
        return digest.hexdigest()
    except FileNotFoundError:
        return None
