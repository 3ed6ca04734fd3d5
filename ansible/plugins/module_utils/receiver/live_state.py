# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What a live directory says of itself: live/<container>/, and live/<container>.json beside it."""

import os

from .files import open_directory, read_json
from .start import DIRECTORY


def read_state(live, container):
    return read_json(live, container + '.json')


def linked_number(place):
    try:
        name = os.readlink('current', dir_fd=place)
    except FileNotFoundError:
        return None
    return int(name) if name.isdigit() else None


def live_state(directory, container, check, loose=False):
    """None where there is none, or what is linked is not what was written down. `check` says what is wrong with the
    copy of this name."""
    if not os.path.lexists(os.path.join(directory, 'live', container, 'current')):
        return None
    live = open_directory(os.path.join(directory, 'live'), loose=loose)
    place = os.open(container, DIRECTORY, dir_fd=live)
    try:
        state = read_state(live, container)
        number = linked_number(place)
        if state is None or number != state['number']:
            return None
        facts = {key: state[key] for key in ('number', 'id', 'content', 'digest', 'told', 'settled')}
        at = os.stat('current', dir_fd=place, follow_symlinks=False).st_mtime
        return dict(facts, at=int(at * 1000), wrong=check(place, str(number)))
    finally:
        os.close(place)
        os.close(live)
