# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operations on sealed copies of backups. This host can open none of them."""

import binascii
import os

from .files import is_directory, lstat, make_directory, read_file
from .identity import open_own
from .lean import sha256
from .lease import lock
from .start import DIRECTORY, Refusal
from .writing import forget, replace_file

FOLDER = 'backups'
NOTE = 'note.json'


def keep_backup(header, blobs):
    """Writes one archive and the note of the newest that was verified; what is not given stays as it is."""
    root = open_own(header)
    try:
        lock(root)
        folder = make_directory(root, FOLDER, 0o700, os.geteuid(), os.getegid())
        try:
            os.fsync(root)
            sweep_folder(folder)
            if header.get('name'):
                keep_one(folder, plain(header['name']), blobs[0], header['digest'])
            if header.get('note'):
                replace_file(folder, NOTE, header['note'].encode('utf-8'))
        finally:
            os.close(folder)
        return {}
    finally:
        os.close(root)


def sweep_folder(folder):
    """What a killed call left: nobody else is writing here, as this one has the lock."""
    for name in os.listdir(folder):
        if name.startswith('.') and name.endswith('.tmp'):
            forget(folder, name)


def keep_one(folder, name, data, digest):
    if sha256(data).hexdigest() != digest:
        raise Refusal('UNAVAILABLE', 'the copy did not arrive whole')
    replace_file(folder, name, data)
    if sha256(read_file(folder, name) or b'').hexdigest() != digest:
        raise Refusal('UNAVAILABLE', 'the copy did not read back as it was written')


def list_backups(header, blobs):
    """Names, sizes and digests of what lies there."""
    return in_folder(header, listed, {'archives': []})


def listed(folder, header):
    found = []
    for name in sorted(os.listdir(folder)):
        if name != NOTE and not name.startswith('.'):
            data = read_file(folder, name)
            found.append([os.fsencode(name).decode('utf-8', 'backslashreplace'), len(data or b''),
                          sha256(data or b'').hexdigest()])
    return {'archives': found}


def give_backups(header, blobs):
    """Pieces of archives, [name, from, count] each, as base64."""
    return in_folder(header, pieces, {'pieces': []})


def pieces(folder, header):
    found = []
    for name, start, count in header['wanted']:
        data = (read_file(folder, plain(name)) or b'')[start:start + count]
        found.append(binascii.b2a_base64(data).decode('ascii').strip())
    return {'pieces': found}


def drop_backups(header, blobs):
    """Removes archives; one that is gone already is fine."""
    return in_folder(header, dropped, {})


def dropped(folder, header):
    for name in header['names']:
        forget(folder, plain(name))
    os.fsync(folder)
    return {}


def in_folder(header, work, nothing):
    root = open_own(header)
    try:
        if not is_directory(lstat(root, FOLDER)):
            return nothing
        if header['op'] == 'drop_backups':
            lock(root)
        folder = os.open(FOLDER, DIRECTORY, dir_fd=root)
        try:
            return work(folder, header)
        finally:
            os.close(folder)
    finally:
        os.close(root)


def plain(name):
    if '/' in name or name.startswith('.') or name == NOTE:
        raise Refusal('USAGE', 'not the name of a backup')
    return name
