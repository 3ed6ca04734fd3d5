# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""For `inspect` with `live`: the live directories of these containers."""

from .generation import guarded, scope_facts
from .inspect import EXTRAS
from .live_state import live_state


def live_facts(header):
    loose = bool(header.get('loose'))
    found = {name: live_state(header['directory'], name, wrong_with, loose) for name in header['live']}
    return {name: facts for name, facts in found.items() if facts is not None}


def wrong_with(place, name):
    scope = guarded(scope_facts, name, place)
    return ['MISSING'] if scope is None else scope['wrong']


EXTRAS['live'] = live_facts
