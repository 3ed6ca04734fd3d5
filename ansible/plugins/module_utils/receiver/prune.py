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
        try:
            return prune_in(root, header)
        finally:
            if header.get('release'):
                release_lease(root, header)
    finally:
        os.close(root)


def prune_in(root, header):
    numbers, current = generations(root)
    old = [number for number in numbers if number not in header['keep'] and number != current]
    path = os.open('generations', DIRECTORY, dir_fd=root)
    removed = []
    try:
        used = mounted_generations(header['directory'], path) if old else set()
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


def mounted_generations(directory, handle):
    """Numbers that a process's mount table, a container, running or stopped, or a file that starts one refers to. What
    failed is kept for its logs, not to be started: it keeps no secrets here."""
    mark = '/%s/generations/' % os.path.basename(directory)
    place = place_of(handle)
    used = set()
    for pid in os.listdir('/proc') if os.path.isdir('/proc') else []:
        if pid.isdigit():
            used |= numbers_mounted(place, mark, mounts_of(pid))
    for container in engine_containers():
        for mount in [] if is_failed(container) else container.get('Mounts') or []:
            used |= numbers_after(mark, '%s/' % mount.get('Source', ''))
    for folder, ending in ((os.path.join(directory, 'compose'), '.yaml'), (os.path.join(directory, 'before'), '.json')):
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            used |= numbers_after(mark, read_text(os.path.join(folder, name))) if name.endswith(ending) else set()
    for name in os.listdir(UNITS) if os.path.isdir(UNITS) else []:
        used |= numbers_after(mark, read_text(os.path.join(UNITS, name, 'lockstep.conf')))
    return used


def place_of(handle):
    """Device and path within its file system of an open directory, as mount tables say it; None where that is not
    told."""
    told = [line.split()[1] for line in read_text('/proc/self/fdinfo/%d' % handle).split('\n') if line.startswith('mnt_id:')]
    for number, device, source, target in mounts_of('self'):
        if [number] == told:
            return device, source.rstrip('/') + os.readlink('/proc/self/fd/%d' % handle)[len(target.rstrip('/')):]
    return None


def mounts_of(pid):
    """Number, device, path within its file system, and where it is mounted."""
    lines = [line.split(' ') for line in read_text('/proc/%s/mountinfo' % pid).split('\n') if line]
    return [[unescape(fields[index]) for index in (0, 2, 3, 4)] for fields in lines]


def unescape(field):
    """A space, a tab, a newline and a backslash stand there as their octal numbers."""
    first, *others = field.split('\\')
    return first + ''.join(chr(int(part[:3], 8)) + part[3:] if is_octal(part[:3]) else '\\' + part for part in others)


def is_octal(text):
    return len(text) == 3 and all(digit in '01234567' for digit in text)


def numbers_mounted(place, mark, mounts):
    """Where something is mounted is up to any account of this host, in a namespace of its own; what it is, is not."""
    if place is None:
        return set().union(*[numbers_after(mark, source + '/') for _number, _device, source, _target in mounts])
    start = place[1] + '/'
    return set().union(*[numbers_after(start, source + '/') for _number, device, source, _target in mounts
                         if device == place[0] and source.startswith(start)])


def numbers_after(mark, text):
    """Of one to nine digits: no generation has more."""
    numbers = set()
    for part in text.split(mark)[1:]:
        digits = part[:len(part) - len(part.lstrip('0123456789'))]
        if 0 < len(digits) < 10:
            numbers.add(int(digits))
    return numbers


def read_text(path):
    """Lines end with a newline alone: names that others chose may hold anything else."""
    try:
        with open(path, 'r', errors='surrogateescape', newline='\n') as source:
            return source.read()
    except OSError:
        return ''
