# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Which compose this host has."""

from .engine import find_engine
from .find import find_program
from .programs import run_program
from .start import Refusal

FOUND = []


def compose_tool():
    """The words that call it, and whether it is the engine's plugin (v2) or docker-compose 1.29. Asked once."""
    if not FOUND:
        FOUND.append(look_for_compose())
    if FOUND[0] is None:
        raise Refusal('UNAVAILABLE', 'no docker compose on this host',
                      'install docker-compose-plugin, or docker-compose 1.29')
    return FOUND[0]


def look_for_compose():
    engine = find_engine()
    if engine is not None and engine.endswith('docker'):
        status, out, _err = run_program([engine, 'compose', 'version', '--short'], 15)
        if status == 0 and out.strip().lstrip('v')[:1].isdigit():
            return [engine, 'compose'], True
    program = find_program('docker-compose')
    return None if program is None else ([program], False)
