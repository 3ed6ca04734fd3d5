# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Which files of this host a pattern names. Any account can make names without end: what is listed, matched and kept is
bounded, and where a bound is met the surface is told as not wholly looked at."""

import itertools
import os
import re

from .walk import visible

MOST_FILES = 3000
MOST_FOLDERS = 20000
MOST_MATCHES = 20000
MOST_HOMES = 64
DEEPEST = 4
# after so many names the clock is looked at
OFTEN = 256
MAGIC = re.compile(r'[*?[]')


def raw_rows(path):
    """Of a table of accounts, the fields of each line."""
    try:
        with open(path, 'rb') as source:
            return [os.fsdecode(line.rstrip(b'\n')).split(':') for line in source]
    except OSError:
        return []


def rows(path):
    """The same, to be told."""
    return [[visible(field) for field in row] for row in raw_rows(path)]


def home_directories():
    """Of every account that has one; the directories of the system itself are nobody's home."""
    homes = []
    for row in raw_rows('/etc/passwd'):
        home = os.path.normpath(row[5]) if len(row) > 5 and row[5].startswith('/') else '/'
        if home.count('/') < 2 and home != '/root' or home in homes or home.startswith(('/usr/', '/proc/', '/dev/')):
            continue
        if os.path.isdir(home):
            homes.append(home)
    return homes


def matching(surface, pattern, homes, seeker):
    """[path, tree] of each; a tree has an allowance of its own: a home, or what a last `**` is below."""
    if not pattern.startswith('~/'):
        tops = [('', pattern)]
    else:
        tops = [(home, MAGIC.sub(r'[\g<0>]', home) + pattern[1:])
                for home in seeker.most(surface, homes, MOST_HOMES)]
    for home, each in tops:
        if each.endswith('/**'):
            for top in expand(surface, each[:-3], seeker):
                for path in files_below(surface, top, seeker):
                    yield path, top
        else:
            for path in expand(surface, each, seeker):
                yield path, home


def expand(surface, pattern, seeker):
    """As glob.glob, but sorted and bounded."""
    paths = ['/']
    for part in pattern.split('/')[1:]:
        if MAGIC.search(part):
            found = named_in(surface, paths, part, seeker)
            paths = seeker.most(surface, list(itertools.islice(found, MOST_MATCHES + 1)), MOST_MATCHES)
        else:
            paths = [os.path.join(path, part) for path in paths]
    return sorted(path for path in paths if os.path.lexists(path))


def named_in(surface, folders, part, seeker):
    """One after the other what matches in these directories, as long as there is time."""
    import fnmatch
    for folder in folders:
        if not seeker.has_time(surface):
            return
        for entry in entries(surface, folder, seeker):
            if fnmatch.fnmatchcase(entry.name, part) and (entry.name[0] != '.' or part[0] == '.'):
                yield os.path.join(folder, entry.name)


def entries(surface, folder, seeker):
    """What is in a directory, as long as there is time."""
    try:
        with os.scandir(folder) as listed:
            for count, entry in enumerate(listed):
                if count % OFTEN == OFTEN - 1 and not seeker.has_time(surface):
                    return
                yield entry
    except OSError:
        return


def files_below(surface, top, seeker):
    """The newest first: of more than can be looked at, those that matter."""
    import heapq
    newest, waiting = [], [(top, 0)] if not os.path.islink(top) else []
    while waiting and seeker.has_time(surface):
        folder, depth = waiting.pop()
        for entry in entries(surface, folder, seeker):
            if entry.is_dir(follow_symlinks=False):
                if depth + 1 < DEEPEST and len(waiting) < MOST_FOLDERS:
                    waiting.append((entry.path, depth + 1))
                elif depth + 1 < DEEPEST:
                    seeker.incomplete.add(surface)
            elif not entry.is_file(follow_symlinks=False):
                continue
            elif len(newest) < MOST_FILES:
                heapq.heappush(newest, (changed(entry), entry.path))
            else:
                seeker.incomplete.add(surface)
                heapq.heappushpop(newest, (changed(entry), entry.path))
    return [path for _when, path in sorted(newest, reverse=True)]


def changed(entry):
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0
