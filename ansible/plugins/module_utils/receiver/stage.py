# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operation `stage`."""

import os

from .files import lstat, make_directory
from .generation import generation_facts
from .identity import open_own, with_ledger
from .lease import take_lease
from .start import Refusal
from .switch import switch_to
from .writing import nonce, remove_tree, replace_file, write_file


def stage(header, blobs):
    """Writes a whole generation beside the others and renames it into place. With `then`, also switches to it: for
    hosts where nothing has to be re-created."""
    root = open_own(header)
    try:
        take_lease(root, header)
        number, wanted = header['generation']['number'], header['generation']['id']
        path = make_directory(root, 'generations', 0o700, os.geteuid(), os.getegid())
        try:
            if lstat(path, str(number)) is not None:
                scopes = generation_facts(root, number) or {}
                manifest = (scopes.get('host') or {}).get('manifest') or {}
                if manifest.get('generation', {}).get('id') != wanted:
                    raise Refusal('CONFLICT', 'generation %d is here with another id' % number, 'run it again')
            else:
                name = '.%d.%s.tmp' % (number, nonce())
                write_generation(path, name, header['files'], blobs)
                put_in_place(path, name, str(number))
        finally:
            os.close(path)
        if header.get('ledger'):
            with_ledger(root, lambda ledger: replace_file(ledger, 'ledger.vault', blobs[-1]))
        return switch_to(root, header) if header.get('switch') else {}
    finally:
        os.close(root)


def put_in_place(path, name, number):
    try:
        os.rename(name, number, src_dir_fd=path, dst_dir_fd=path)
    except OSError:
        remove_tree(path, name)
        raise
    os.fsync(path)


def write_generation(path, name, files, blobs):
    made = {}
    uid, gid = os.geteuid(), os.getegid()
    try:
        made[''] = make_directory(path, name, 0o700, uid, gid)
        for entry, data in zip(files, blobs):
            owner = (entry.get('uid', uid), entry.get('gid', gid))
            parent = ''
            parts = entry['path'].split('/')
            for depth, part in enumerate(parts[:-1]):
                if part in ('', '.', '..'):
                    raise Refusal('USAGE', 'bad path in bundle')
                child = '/'.join(parts[:depth + 1])
                if child not in made:
                    # a scope's own directory and all below belong to its owner; what is above stays ours
                    mine = child.startswith('containers/') or parts[0] != 'containers'
                    made[child] = make_directory(made[parent], part, 0o700, *(owner if mine else (uid, gid)))
                parent = child
            write_file(made[parent], parts[-1], data, 0o600, *owner)
        for child in sorted(made, reverse=True):
            os.fsync(made[child])
    except OSError:
        if lstat(path, name) is not None:
            remove_tree(path, name)
        raise
    finally:
        for handle in made.values():
            os.close(handle)
