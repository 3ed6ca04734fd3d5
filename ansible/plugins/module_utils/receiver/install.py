# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operation `install`."""

import hashlib
import os

from .files import make_directory
from .identity import open_own
from .lease import check_lease
from .start import MAX_FILE, Refusal
from .writing import replace_file


def install(header, blobs):
    """One program of ours (bin/lockstep, scripts/…), digest-checked, gzip-packed on the way."""
    import zlib
    root = open_own(header)
    try:
        check_lease(root, header)
        data = zlib.decompress(blobs[0], 31, MAX_FILE * 4)
        if hashlib.sha256(data).hexdigest() != header['sha256']:
            raise Refusal('TAMPERED', '%s arrived damaged' % header['path'])
        folder, name = header['path'].split('/')
        parent = make_directory(root, folder, 0o755, os.geteuid(), os.getegid())
        try:
            replace_file(parent, name, data, header['mode'])
        finally:
            os.close(parent)
        os.fsync(root)
        return {'installed': True}
    finally:
        os.close(root)
