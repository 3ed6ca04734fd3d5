# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""systemd units, with a drop-in of ours."""

import os

from .before import drop_before, keep_before, read_before
from .files import fsync_path
from .pages import fetch
from .programs import clean, run_program
from .replace import KINDS
from .start import DIRECTORY, Refusal
from .units import UNITS, drop_in_path, read_drop_in, show, systemctl, unit_facts
from .writing import forget, replace_file

RUNS = ('active', 'activating', 'reloading')


def put_unit(root, header):
    """Writes the drop-in and restarts the unit, where it is not one that a timer or socket starts."""
    unit = header['unit']
    shown = show(unit)
    if shown.get('LoadState') != 'loaded':
        raise Refusal('CONFIG', 'there is no unit %s on this host' % unit, 'install it, or correct `systemd:`')
    text, _at = read_drop_in(drop_in_path(unit))
    keep_before(root, header, {'text': text, 'running': shown.get('ActiveState') in RUNS})
    write_drop_in(unit, header['text'])
    reload_units()
    if not header['restart']:
        return None
    status, _out, err = systemctl(['restart', unit], header['healthSeconds'] + 60)
    return None if status == 0 else clean(err)


def write_drop_in(unit, text):
    """None removes it, and its folder when nothing else is there."""
    folder, name = os.path.split(drop_in_path(unit))
    if text is not None and not os.path.isdir(folder):
        os.mkdir(folder)
        os.chmod(folder, 0o755)
        fsync_path(UNITS)
    if not os.path.isdir(folder):
        return
    handle = os.open(folder, DIRECTORY)
    try:
        if text is None:
            forget(handle, name)
        else:
            replace_file(handle, name, text.encode('utf-8'), 0o644)
    finally:
        os.close(handle)
    if text is None and not os.listdir(folder):
        os.rmdir(folder)


def reload_units():
    status, _out, err = systemctl(['daemon-reload'])
    if status != 0:
        raise Refusal('UNAVAILABLE', 'systemd refused daemon-reload: %s' % clean(err))


def look_at_unit(header, waited):
    facts = {'unit': unit_facts(header, header)}
    if not header['restart']:
        return True, None, facts
    ready, reason = judge_unit(facts['unit'], header, waited)
    return ready, reason, facts


def judge_unit(facts, header, waited):
    if facts['active'] == 'failed':
        return False, 'it ended with %s, exit status %s' % (facts['result'], facts['exit'])
    if facts['active'] == 'inactive':
        if facts['type'] == 'oneshot' and facts['result'] == 'success':
            return True, None
        return False, 'it ended with exit status %s' % facts['exit']
    if facts['sub'] == 'auto-restart':
        return False, 'it ends again and again, exit status %s' % facts['exit']
    if facts['active'] != 'active':
        return None, 'it is %s' % facts['active']
    if header.get('health'):
        reply = fetch(header['health']['address'], header['health']['path'], 1)
        if reply.get('code') == 200:
            return True, None
        return None, 'its health page answered %s' % (reply.get('code') or reply.get('error'))
    if header.get('healthCommand'):
        status, _out, _err = run_program(header['healthCommand'], 30)
        return (True, None) if status == 0 else (None, 'its health command ended with %d' % status)
    return (True, None) if waited > 2 or facts['type'] == 'oneshot' else (None, 'it is starting')


def put_unit_back(root, header):
    before = read_before(root, header)
    if before is None:
        return False
    write_drop_in(header['unit'], before['text'])
    reload_units()
    if not header['restart']:
        drop_before(root, header)
        return True
    status, _out, err = systemctl(['restart' if before['running'] else 'stop', header['unit']], 120)
    if status != 0:
        raise Refusal('UNAVAILABLE', 'systemd refused to start %s again: %s' % (header['unit'], clean(err)))
    drop_before(root, header)
    return True


KINDS['systemd'] = {'put': put_unit, 'look': look_at_unit, 'back': put_unit_back, 'drop': drop_before}
