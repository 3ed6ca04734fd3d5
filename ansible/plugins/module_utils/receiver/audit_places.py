# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Files of this host that an audit names: what they are, and whether they hold a value."""

import os
import stat

from .audit_find import home_directories, matching
from .start import READ
from .walk import kind_of, visible

MOST_TOLD = 2000
# of their paths, in characters
LONGEST_TOLD = 1 << 19
LONGEST = 1 << 20
LONGEST_TAIL = 1 << 18


def place_facts(places, directory, seeker):
    """`places` are [surface, pattern, how]: `all` tells of each file, `held` of those that hold a value, `tail` the same
    by their ends; `~` stands for every home, a last `**` for all below. A path is told once, for the first that names
    it: [surface, path, kind, mode, uid, size, changed, values]."""
    found, told, seen, homes = [], {}, set(), home_directories()
    for surface, pattern, how in places:
        for path, tree in matching(surface, pattern, homes, seeker):
            if path in seen or path == directory or path.startswith(directory + '/'):
                continue
            seen.add(path)
            fact = place_fact((surface, tree), path, how, seeker)
            if fact is not None and may_tell(told, fact, seeker):
                found.append(fact)
    return found


def may_tell(told, fact, seeker):
    """Files that hold a value have an allowance of their own: anybody can make others."""
    surface, path, held = fact[0], fact[1], bool(fact[7])
    count, size = told.get((surface, held), (0, 0))
    if count >= MOST_TOLD or size + len(path) > LONGEST_TOLD:
        seeker.incomplete.add(surface)
        return False
    told[surface, held] = count + 1, size + len(path)
    return True


def place_fact(where, path, how, seeker):
    try:
        facts = os.lstat(path)
    except OSError:
        return None
    held = held_in(where, path, facts, how, seeker) if stat.S_ISREG(facts.st_mode) else []
    if how != 'all' and not held:
        return None
    return [where[0], visible(path), kind_of(facts.st_mode), stat.S_IMODE(facts.st_mode), facts.st_uid, facts.st_size,
            int(facts.st_mtime), held]


def held_in(where, path, facts, how, seeker):
    """Of what is longer than a piece of text would be only the end is read, and nothing where it is no log."""
    longest = LONGEST_TAIL if how == 'tail' else LONGEST
    if facts.st_size == 0 or (facts.st_size > longest and how != 'tail' and not path.endswith('.gz')):
        return []
    if not seeker.may_read(where[0], min(facts.st_size, longest), where[1]):
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
