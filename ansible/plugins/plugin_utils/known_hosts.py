# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Whose word is taken for a host's key: not that of what comes with the project, which says where secrets go as well."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import pwd
import re
import shlex

NEVER = ('HostKeyAlias', 'KnownHostsCommand')
FILES = ('UserKnownHostsFile', 'GlobalKnownHostsFile')
NOWHERE = ('none', '/dev/null')


def places_of(task_vars, project_dir):
    """The project, and the working trees that it, the playbook and the inventory lie in."""
    projects = [project_dir] + ([os.getcwd()] if 'LOCKSTEP_SOCKET' in os.environ else [])
    beside = [task_vars.get(name) for name in ('playbook_dir', 'inventory_dir')]
    trees = [above_with('.git', place) for place in projects + beside if place]
    return projects + [above_with('lockstep.yaml', place) for place in projects] + trees


def above_with(name, place):
    """None where there is none."""
    for path in upwards(os.path.realpath(place)):
        if os.path.lexists(os.path.join(path, name)):
            return path
    return None


def upwards(path):
    while path:
        yield path
        path = os.path.dirname(path) if path != os.path.dirname(path) else None


def brought_keys(options, places):
    """What is wrong with ssh options that say which keys are believed, and what to do about it; None: nothing."""
    for given in options:
        # in whichever of its ways ssh can be told the name
        bare = re.sub(r'["\'\s=]', '', given).lower()
        for name in NEVER:
            if bare.startswith(name.lower()):
                return ("%s would take another key for that of this host" % name,
                        'remove it from the ssh arguments of this host; in your own ~/.ssh/config it may stand')
        for name in FILES:
            if bare.startswith(name.lower()) and not all(is_own(path, places) for path in paths_in(name, given)):
                return ('%s is a file that comes with the project, or may be one' % name,
                        'name it by a path from / that leads out of the project, or put the host key into '
                        '~/.ssh/known_hosts')
    return None


def paths_in(name, given):
    """A path that is not one of somebody's own, where this cannot be read."""
    value = re.match(r'\s*%s[\s=]+([^\\%%$]+)$' % name, given, re.I)
    try:
        return (shlex.split(value.group(1)) if value else []) or ['']
    except ValueError:
        return ['']


def is_own(path, places):
    """Outside of all these places, by its name and by where links lead."""
    if path in NOWHERE:
        return True
    home = pwd.getpwuid(os.getuid()).pw_dir
    path = os.path.join(home, path[2:]) if path.startswith('~/') else os.path.expanduser(path)
    if not os.path.isabs(path):
        return False
    named = os.path.normpath(path)
    if is_below(named, os.path.join(home, '.ssh')):
        return True
    return not any(is_below(each, place) for each in (named, os.path.realpath(path)) for place in places if place)


def is_below(path, place):
    """Compared as files: names may differ in case, or in the mount that they go by."""
    return any(is_same(each, place) for each in upwards(path))


def is_same(one, other):
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
