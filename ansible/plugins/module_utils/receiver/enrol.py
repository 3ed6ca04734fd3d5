# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operation `enrol`."""

import os
import re

from .files import make_directory, open_directory
from .identity import identity
from .lean import canonical_json
from .start import Refusal
from .writing import replace_file

OURS = ('vault-password', 'secrets', 'scripts', 'bin')
MADE_HALF = re.compile(r'\.host\.json\.[0-9a-f]+\.tmp$')


def enrol(header, blobs):
    """Makes the directory and gives the host its id; a directory of somebody else's is refused."""
    root = open_directory(header['directory'], make=True)
    try:
        wanted = header['identity']
        known = identity(root)
        if known is None:
            foreign = [name for name in os.listdir(root) if name not in OURS and not MADE_HALF.match(name)]
            if foreign and not header.get('adopt'):
                raise Refusal('CONFLICT', '%s holds things that are not ours: %s'
                              % (header['directory'], ', '.join(sorted(foreign)[:3])),
                              'set `directory:` in lockstep.yaml, or move them away')
            replace_file(root, 'host.json', canonical_json(wanted))
            known = wanted
        for key in ('project', 'environment', 'host'):
            if known.get(key) != wanted[key]:
                raise Refusal('CONFLICT', '%s belongs to %s %s, not to %s'
                              % (header['directory'], key, known.get(key), wanted[key]))
        for name in ('generations', 'ledger'):
            os.close(make_directory(root, name, 0o700, os.geteuid(), os.getegid()))
        os.fsync(root)
        return {'identity': known}
    finally:
        os.close(root)
