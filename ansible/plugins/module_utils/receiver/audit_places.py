# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Files of this host that an audit names: what they are, and whether they hold a value."""

import os
import stat

from .start import READ
from .walk import kind_of, visible

MOST_FILES = 3000
MOST_TOLD = 2000
MOST_HOMES = 64
DEEPEST = 4
LONGEST = 1 << 20
LONGEST_TAIL = 1 << 18


def place_facts(places, directory, seeker):
    """`places` are [surface, pattern, how]: `all` tells of each file, `held` of those that hold a value, `tail` the same
    by their ends; `~` stands for every home, a last `**` for all below. A path is told once, for the first that names
    it: [surface, path, kind, mode, uid, size, changed, values]."""
    found, seen, homes = [], set(), home_directories()
    for surface, pattern, how in places:
        for path in matching(pattern, homes):
            if path in seen or path == directory or path.startswith(directory + '/'):
                continue
            seen.add(path)
            fact = place_fact(surface, path, how, seeker)
            if fact is not None and len(found) < MOST_TOLD:
                found.append(fact)
    return found


def place_fact(surface, path, how, seeker):
    try:
        facts = os.lstat(path)
    except OSError:
        return None
    held = held_in(surface, path, facts, how, seeker) if stat.S_ISREG(facts.st_mode) else []
    if how != 'all' and not held:
        return None
    return [surface, visible(path), kind_of(facts.st_mode), stat.S_IMODE(facts.st_mode), facts.st_uid, facts.st_size,
            int(facts.st_mtime), held]


def held_in(surface, path, facts, how, seeker):
    """Of what is longer than a piece of text would be only the end is read, and nothing where it is no log."""
    longest = LONGEST_TAIL if how == 'tail' else LONGEST
    if facts.st_size == 0 or (facts.st_size > longest and how != 'tail' and not path.endswith('.gz')):
        return []
    if not seeker.may_read(surface, min(facts.st_size, longest)):
        return []
    try:
        handle = os.open(path, READ)
    except OSError:
        return []
    try:
        if facts.st_size > longest and not path.endswith('.gz'):
            os.lseek(handle, -longest, os.SEEK_END)
        data = os.read(handle, longest)
    except OSError:
        return []
    finally:
        os.close(handle)
    return seeker.in_text(unpacked(data) if path.endswith('.gz') else data)


def unpacked(data):
    import zlib
    try:
        return zlib.decompressobj(31).decompress(data, 4 * LONGEST)
    except zlib.error:
        return b''


def home_directories():
    """Of every account that has one; the directories of the system itself are nobody's home."""
    homes = []
    try:
        with open('/etc/passwd', 'rb') as source:
            rows = [os.fsdecode(line.rstrip(b'\n')).split(':') for line in source]
    except OSError:
        rows = []
    for row in rows:
        home = os.path.normpath(row[5]) if len(row) > 5 and row[5].startswith('/') else '/'
        if home.count('/') < 2 and home != '/root' or home in homes or home.startswith(('/usr/', '/proc/', '/dev/')):
            continue
        if os.path.isdir(home):
            homes.append(home)
    return homes[:MOST_HOMES]


def matching(pattern, homes):
    import glob
    for each in [home + pattern[1:] for home in map(glob.escape, homes)] if pattern.startswith('~/') else [pattern]:
        if each.endswith('/**'):
            for top in glob.glob(each[:-3]):
                for path in files_below(top):
                    yield path
        else:
            for path in sorted(glob.glob(each)):
                yield path


def files_below(top):
    """The newest first: of more than can be looked at, those that matter."""
    found, waiting = [], [(top, 0)] if not os.path.islink(top) else []
    while waiting and len(found) < MOST_FILES:
        folder, depth = waiting.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if depth + 1 < DEEPEST:
                    waiting.append((entry.path, depth + 1))
            elif entry.is_file(follow_symlinks=False):
                found.append((changed(entry), entry.path))
    return [path for _when, path in sorted(found, reverse=True)]


def changed(entry):
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0
