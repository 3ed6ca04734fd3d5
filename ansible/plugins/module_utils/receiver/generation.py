# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What a generation holds, and whether it is whole."""

import os

from .files import read_file, read_json
from .lean import canonical_json, hmac_sha256, sha256
from .start import DIRECTORY, Refusal

try:
    from _operator import _compare_digest as same_digest
except ImportError:
    from hmac import compare_digest as same_digest


def hkdf(secret, info):
    """HKDF-SHA256 (RFC 5869), empty salt, one block."""
    return hmac_sha256(hmac_sha256(b'', secret), info + b'\x01')


def scope_facts(parent, name):
    """One scope: its authenticated manifest as it says, and what is wrong with it (a list of codes and names)."""
    try:
        scope = os.open(name, DIRECTORY, dir_fd=parent)
    except FileNotFoundError:
        return None
    try:
        wrong = []
        password = read_file(scope, 'vault-password', 1 << 16)
        secrets = os.open('secrets', DIRECTORY, dir_fd=scope)
        try:
            document = read_json(secrets, 'manifest.json')
            if document is None:
                return {'manifest': None, 'wrong': ['NO_MANIFEST']}
            manifest = document['manifest']
            if password is None:
                wrong.append('NO_PASSWORD')
            elif not authentic(document, password.strip()):
                wrong.append('BAD_MAC')
            wrong.extend(file_problems(secrets, manifest))
        finally:
            os.close(secrets)
        shown = {key: value for key, value in manifest.items() if key != 'fingerprintKey'}
        return {'manifest': shown, 'wrong': wrong}
    finally:
        os.close(scope)


def authentic(document, password):
    expected = hmac_sha256(hkdf(password, b'lockstep/manifest'), canonical_json(document['manifest']))
    return same_digest(expected.hex().encode(), str(document.get('mac')).encode())


def file_problems(secrets, manifest):
    wrong = []
    for name, known in sorted(manifest.get('files', {}).items()):
        data = read_file(secrets, name) if '/' not in name else None
        if data is None:
            wrong.append('MISSING %s' % name)
        elif sha256(data).hexdigest() != known.get('sha256'):
            wrong.append('CHANGED %s' % name)
    expected = set(manifest.get('files', {})) | {'manifest.json'}
    wrong.extend('UNKNOWN %s' % name for name in sorted(set(os.listdir(secrets)) - expected))
    return wrong


def generation_facts(root, number):
    """Host scope and container scopes of one generation."""
    path = os.open('generations', DIRECTORY, dir_fd=root)
    try:
        generation = os.open(str(number), DIRECTORY, dir_fd=path)
    except FileNotFoundError:
        return None
    finally:
        os.close(path)
    try:
        scopes = {'host': guarded(scope_facts, '.', generation)}
        try:
            containers = os.open('containers', DIRECTORY, dir_fd=generation)
        except FileNotFoundError:
            return scopes
        try:
            for name in sorted(os.listdir(containers)):
                scopes['container/' + name] = guarded(scope_facts, name, containers)
        finally:
            os.close(containers)
        return scopes
    finally:
        os.close(generation)


def guarded(work, name, parent):
    try:
        return work(parent, name)
    except Refusal as refusal:
        return {'manifest': None, 'wrong': ['%s %s' % (refusal.answer['code'], refusal.answer['message'])]}
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        return {'manifest': None, 'wrong': ['UNREADABLE %s' % type(error).__name__]}


def generations(root):
    """Numbers on disk, and the one `current` names."""
    try:
        path = os.open('generations', DIRECTORY, dir_fd=root)
    except FileNotFoundError:
        return [], None
    try:
        numbers = sorted(int(name) for name in os.listdir(path) if name.isdigit())
    finally:
        os.close(path)
    try:
        target = os.readlink('current', dir_fd=root)
    except (FileNotFoundError, OSError):
        return numbers, None
    name = target[len('generations/'):] if target.startswith('generations/') else ''
    return numbers, int(name) if name.isdigit() else None
