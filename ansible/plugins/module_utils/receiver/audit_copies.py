# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Copies of a project's directory, whatever they are called: known by a manifest in them, or by a sealed file of the
project beside a password."""

import collections
import os
import re

from .audit_find import entries, home_directories
from .lean import from_json
from .start import READ
from .walk import visible

MOST_COPY_FOLDERS = 20000
DEEPEST_COPY = 8
MOST_COPIES = 50
MOST_COPY_KEYS = 50
# where packages and repositories keep theirs: many, and no copy of ours
NOT_WALKED = ('node_modules', '.git')
# of a directory of ours, unmistakably, and all that may be in one
COPY_PARTS = ('current', 'generations', 'host.json', 'ledger', 'manifest.json', 'secrets', 'vault-password')
OURS_ALONE = COPY_PARTS + ('backups', 'before', 'bin', 'compose', 'containers', 'live', 'scripts', 'watch')
LAYOUT = re.compile(r'^(.+?)/(?:generations/\d+|live/[^/]+/\d+)(?:/containers/[^/]+)?(?:/secrets)?$')


def copies(tops, directory, project, seeker):
    """Each with what its manifest says it is of (None: only its files' vault-id says so), where it begins, the passwords
    in it, the modes of what marks it and of its top, and what of it is ours."""
    found, own = {}, os.path.realpath(directory)
    tops = set(os.path.realpath(each) for top in tops for each in (home_directories() if top == '~' else [top]))
    for folder, listed in copy_folders(tops, own, seeker):
        owner = owner_of(folder, listed, project)
        if owner is None:
            continue
        keys, marks = key_paths(folder), [os.path.join(folder, name) for name in listed]
        top = top_of(folder, keys)
        if top not in found and len(found) >= MOST_COPIES:
            seeker.incomplete.add('copy')
            continue
        one = found.setdefault(top, dict(owner, keys=[], modes=0))
        one['keys'] = seeker.most('copy', one['keys'] + [key for key in keys if key not in one['keys']], MOST_COPY_KEYS)
        one['modes'] |= mode_bits(keys + marks)
    return [copy_fact(top, found[top], tops) for top in sorted(found)]


def copy_folders(tops, own, seeker):
    """[folder, files in it that may mark a copy], those above first; not our own directory."""
    waiting, seen = collections.deque((top, 0) for top in sorted(tops)), set()
    while waiting and seeker.has_time('copy'):
        folder, depth = waiting.popleft()
        if folder == own or folder in seen:
            continue
        seen.add(folder)
        marks = []
        for entry in entries('copy', folder, seeker):
            if entry.is_dir(follow_symlinks=False):
                if depth < DEEPEST_COPY and entry.name not in NOT_WALKED:
                    waiting.append((entry.path, depth + 1))
            elif entry.name == 'manifest.json' or entry.name.endswith('.env'):
                marks.append(entry.name)
        if len(seen) + len(waiting) > MOST_COPY_FOLDERS:
            seeker.incomplete.add('copy')
            while waiting and len(seen) + len(waiting) > MOST_COPY_FOLDERS:
                waiting.pop()
        if marks:
            yield folder, sorted(marks)


def owner_of(folder, marks, project):
    if 'manifest.json' in marks:
        try:
            document = from_json(head_of(folder, 'manifest.json', 1 << 18).decode('utf-8'))
            named = [document['manifest'][key] for key in ('project', 'environment', 'host')]
            if 'mac' in document and all(isinstance(name, str) for name in named):
                return dict(zip(('project', 'environment', 'host'), (visible(name) for name in named)))
        except (ValueError, TypeError, KeyError, RecursionError):
            pass
    sealed = b'$ANSIBLE_VAULT;1.2;AES256;' + os.fsencode(project) + b'\n'
    if key_paths(folder) and any(head_of(folder, name, len(sealed)) == sealed for name in marks):
        return {'project': project, 'environment': None, 'host': None}
    return None


def head_of(folder, name, size):
    try:
        handle = os.open(os.path.join(folder, name), READ)
    except OSError:
        return b''
    try:
        return os.read(handle, size)
    except OSError:
        return b''
    finally:
        os.close(handle)


def key_paths(folder):
    """A password lies beside what it opens, or beside the directory of that."""
    above = [os.path.dirname(folder)] if os.path.basename(folder) == 'secrets' else []
    paths = [os.path.join(each, 'vault-password') for each in [folder] + above]
    return [path for path in paths if os.path.isfile(path) and not os.path.islink(path)]


def top_of(folder, keys):
    """Where the copy begins, as far up as its names say."""
    match = LAYOUT.match(folder)
    if match:
        return match.group(1)
    scope = os.path.dirname(keys[0]) if keys else folder
    above = os.path.dirname(os.path.dirname(scope))
    is_container = os.path.basename(os.path.dirname(scope)) == 'containers'
    return above if is_container and os.path.lexists(os.path.join(above, 'secrets')) else scope


def mode_bits(paths):
    bits = 0
    for path in paths:
        try:
            bits |= os.lstat(path).st_mode & 0o777
        except OSError:
            pass
    return bits


def copy_fact(top, one, tops):
    """`parts`: what in it is ours; `whole`: there is nothing else, so that all of it may go."""
    names = sorted(os.listdir(top)) if os.path.isdir(top) else []
    sealed = [name for name in names if name.endswith('.env') and 'manifest.json' in names]
    parts = [name for name in names if name in COPY_PARTS or name in sealed]
    whole = top not in tops and all(name in OURS_ALONE or name in sealed for name in names)
    return dict(one, path=visible(top), mode=mode_bits([top]), keys=[visible(key) for key in one['keys']],
                parts=[visible(name) for name in parts][:MOST_COPIES], whole=whole)
