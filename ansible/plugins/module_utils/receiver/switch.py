# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operation `switch`."""

import os
import stat

from .files import lstat
from .generation import generation_facts, generations
from .identity import open_own
from .lease import check_lease, release_lease
from .prune import prune_in
from .start import Refusal
from .writing import forget, nonce, remove_tree


def switch(header, blobs):
    """One rename moves password and files together. Also the way back: `number` may be an older one."""
    root = open_own(header)
    try:
        check_lease(root, header)
        return switch_to(root, header)
    finally:
        os.close(root)


def switch_to(root, header):
    number = header['generation']['number']
    scopes = generation_facts(root, number)
    host = (scopes or {}).get('host') or {}
    found = (host.get('manifest') or {}).get('generation', {}).get('id')
    if found != header['generation']['id']:
        raise Refusal('CONFLICT', 'generation %d is not the one that was staged' % number)
    wrong = [item for scope in scopes.values() for item in scope['wrong']]
    if wrong:
        raise Refusal('TAMPERED', 'generation %d is not whole: %s' % (number, ', '.join(wrong[:3])))
    before = generations(root)[1]
    if before != number:
        point(root, 'current', 'generations/%d' % number)
    has_password = 'vault-password' in os.listdir(os.path.join(header['directory'], 'generations', str(number)))
    for name in ('vault-password', 'secrets'):
        link(root, name, 'current/' + name, header.get('replace'), wanted=name == 'secrets' or has_password)
    os.fsync(root)
    answer = {'before': before, 'changed': before != number}
    if header.get('keep') is not None:
        answer.update(prune_in(root, header))
    if header.get('release'):
        release_lease(root, header)
    return answer


def point(root, name, target):
    temporary = '.%s.%s.tmp' % (name, nonce())
    try:
        os.symlink(target, temporary, dir_fd=root)
        os.rename(temporary, name, src_dir_fd=root, dst_dir_fd=root)
    except OSError:
        forget(root, temporary)
        raise
    os.fsync(root)


def link(root, name, target, replace, wanted):
    entry = lstat(root, name)
    if entry is not None and not stat.S_ISLNK(entry.st_mode):
        if not replace:
            raise Refusal('CONFLICT', '%s was put there by hand' % name, 'lockstep deploy --replace-files removes it')
        remove_tree(root, name)
        entry = None
    if not wanted:
        if entry is not None:
            os.unlink(name, dir_fd=root)
        return
    if entry is None or os.readlink(name, dir_fd=root) != target:
        point(root, name, target)
