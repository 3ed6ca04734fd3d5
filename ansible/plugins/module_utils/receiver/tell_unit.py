# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Telling the program of a unit that there is something new in its live directory."""

from .programs import clean, run_program
from .replace import KINDS
from .systemd import look_at_unit
from .units import systemctl


def tell_unit(root, header):
    tell = header.get('tell')
    if not tell:
        return None
    if 'signal' in tell:
        status, _out, err = systemctl(['kill', '--kill-who=main', '--signal=' + tell['signal'], header['unit']])
    else:
        status, _out, err = run_program(tell['command'], 60)
    return None if status == 0 else 'it could not be told (it ended with %d): %s' % (status, clean(err))


KINDS['tell'] = {'put': tell_unit, 'look': look_at_unit,
                 'back': lambda root, header: tell_unit(root, header) is None, 'drop': lambda root, header: False}
