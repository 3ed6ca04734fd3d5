# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What systemd says of a unit."""

import os
import time

from .pages import fetch
from .find import find_program
from .programs import run_program
from .start import Refusal

UNITS = '/etc/systemd/system'
PROPERTIES = ('LoadState', 'ActiveState', 'SubState', 'Type', 'RemainAfterExit', 'TriggeredBy', 'User', 'Group',
              'SupplementaryGroups', 'DynamicUser', 'Result', 'ExecMainStatus', 'ExecMainStartTimestampMonotonic',
              'MainPID', 'NRestarts')


def unit_facts(header, wanted):
    """State of one unit, the commands it would run without us, and our drop-in."""
    unit = wanted['unit']
    shown = show(unit)
    own = drop_in_path(unit)
    text, at = read_drop_in(own)
    facts = {
        'unit': unit, 'load': shown.get('LoadState', ''), 'active': shown.get('ActiveState', ''),
        'sub': shown.get('SubState', ''), 'type': shown.get('Type', ''),
        'stays': shown.get('RemainAfterExit') == 'yes', 'triggeredBy': shown.get('TriggeredBy', '').split(),
        'user': shown.get('User') or None, 'group': shown.get('Group') or None,
        'otherGroups': shown.get('SupplementaryGroups', '').split(), 'dynamic': shown.get('DynamicUser') == 'yes',
        'result': shown.get('Result', ''), 'exit': number(shown.get('ExecMainStatus')),
        'startedAt': started_at(shown), 'commands': commands_of(systemctl(['cat', unit])[1], own),
        'dropIn': text, 'dropInAt': at, 'status': None}
    if wanted.get('status') and facts['active'] == 'active':
        page = wanted['status']
        facts['status'] = fetch(page['address'], page['path'])
    return facts


def show(unit):
    status, out, _err = systemctl(['show', unit, '--property=' + ','.join(PROPERTIES)])
    return dict(line.split('=', 1) for line in out.split('\n') if '=' in line) if status == 0 else {}


def systemctl(words, timeout=60):
    program = find_program('systemctl')
    if program is None:
        raise Refusal('UNAVAILABLE', 'no systemd on this host', 'declare its program as image: or compose:')
    return run_program([program, '--no-pager'] + words, timeout)


def number(text):
    return int(text) if text and text.isdigit() else None


def started_at(shown):
    """Milliseconds since 1970; None for a program that never ran. systemd counts from the machine's start."""
    since_boot = number(shown.get('ExecMainStartTimestampMonotonic')) or 0
    return int((time.time() - time.monotonic()) * 1000 + since_boot / 1000.0) if since_boot else None


def drop_in_path(unit):
    return os.path.join(UNITS, unit + '.d', 'lockstep.conf')


def read_drop_in(path):
    """Its text and when it was written (milliseconds since 1970)."""
    try:
        with open(path, 'r', errors='replace') as source:
            return source.read(), int(os.fstat(source.fileno()).st_mtime * 1000)
    except (FileNotFoundError, NotADirectoryError):
        return None, None


def commands_of(text, own):
    """The values of ExecStart= as they are written in a unit's files, ours aside. An empty one forgets those before."""
    commands, section, is_ours = [], '', False
    for line in joined_lines(text):
        if line.startswith('# /') and ' ' not in line[2:] and line.endswith(('.service', '.conf')):
            is_ours, section = line[2:].strip() == own, ''
        elif line.startswith('[') and line.endswith(']'):
            section = line
        elif section == '[Service]' and not is_ours and line[:1] not in ('#', ';'):
            key, separator, value = line.partition('=')
            if separator and key.strip() == 'ExecStart':
                commands = commands + [value.strip()] if value.strip() else []
    return commands


def joined_lines(text):
    """Lines that end in a backslash go on in the next; comments between them are passed over."""
    lines, begun = [], None
    for line in text.split('\n'):
        line = line.strip()
        if begun is not None and line[:1] in ('#', ';') and line:
            continue
        line = line if begun is None else begun + ' ' + line
        begun = line[:-1].rstrip() if line.endswith('\\') and line[:1] not in ('#', ';') else None
        if begun is None:
            lines.append(line)
    return lines if begun is None else lines + [begun]
