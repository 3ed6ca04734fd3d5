# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""For `inspect` with `engine`: the engine and every container."""

from .containers import container_facts
from .engine import engine_containers, engine_run, find_engine
from .inspect import EXTRAS

# what was inspected, for those who ask more of it
LOOKED = {'containers': []}


def engine_facts(header):
    program = find_engine()
    if program is None:
        return {'program': None, 'containers': []}
    status, out, _err = engine_run(['version', '--format', '{{.Server.Version}}'], 15)
    if status != 0 and program.endswith('docker'):
        return {'program': program, 'version': None, 'containers': []}
    LOOKED['containers'] = engine_containers()
    return {'program': program, 'version': out.strip(),
            'containers': [container_facts(item, header) for item in LOOKED['containers']]}


EXTRAS['engine'] = engine_facts
