# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operation `prune`."""

import os

from .engine import engine_containers
from .failed import forget_failed, is_failed
from .generation import generations
from .identity import open_own
from .lease import check_lease, release_lease
from .start import DIRECTORY
from .writing import nonce, remove_tree, sweep

UNITS = '/etc/systemd/system'


def prune(header, blobs):
    """Removes generations that nobody refers to, except those to keep; `release` also lets go of the lease, and
    `succeeded` of what failed before."""
    root = open_own(header)
    try:
        check_lease(root, header)
        if header.get('succeeded'):
            forget_failed(header['identity'])
        answer = prune_in(root, header)
        if header.get('release'):
            release_lease(root, header)
        return answer
    finally:
        os.close(root)


def prune_in(root, header):
    numbers, current = generations(root)
    old = [number for number in numbers if number not in header['keep'] and number != current]
    used = mounted_generations(header['directory']) if old else set()
    path = os.open('generations', DIRECTORY, dir_fd=root)
    removed = []
    try:
        for number in old:
            if number in used:
                continue
            name = '.%d.%s.tmp' % (number, nonce())
            os.rename(str(number), name, src_dir_fd=path, dst_dir_fd=path)
            os.fsync(path)
            remove_tree(path, name)
            removed.append(number)
        if removed:
            os.fsync(path)
    finally:
        os.close(path)
    sweep(root)
    return {'removed': removed, 'used': sorted(used)}


def mounted_generations(directory):
    """Numbers that a process's mount table, a container, running or stopped, or a file that starts one refers to. What
    failed is kept for its logs, not to be started: it keeps no secrets here."""
    mark = '/%s/generations/' % os.path.basename(directory)
    used = set()
    for pid in os.listdir('/proc') if os.path.isdir('/proc') else []:
        if pid.isdigit():
            used |= numbers_after(mark, read_text('/proc/%s/mountinfo' % pid))
    for container in engine_containers():
        for mount in [] if is_failed(container) else container.get('Mounts') or []:
            used |= numbers_after(mark, '%s/' % mount.get('Source', ''))
    for folder, ending in ((os.path.join(directory, 'compose'), '.yaml'), (os.path.join(directory, 'before'), '.json')):
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            used |= numbers_after(mark, read_text(os.path.join(folder, name))) if name.endswith(ending) else set()
    for name in os.listdir(UNITS) if os.path.isdir(UNITS) else []:
        used |= numbers_after(mark, read_text(os.path.join(UNITS, name, 'lockstep.conf')))
    return used


def numbers_after(mark, text):
    found = set()
    start = text.find(mark)
    while start >= 0:
        digits = ''
        start += len(mark)
        while start < len(text) and text[start].isdigit():
            digits += text[start]
            start += 1
        if digits:
            found.add(int(digits))
        start = text.find(mark, start)
    return found


def read_text(path):
    try:
        with open(path, 'r', errors='replace') as source:
            return source.read()
    except OSError:
        return ''
