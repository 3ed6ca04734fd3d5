# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Who a process is, told from /proc while it is still there. Never its arguments, never its environment."""

import os

from ..receiver.cgroup import group_of, read_proc


def who(pid):
    """What is not known is None: a process may have ended before it could be asked."""
    exe = link('/proc/%d/exe' % pid)
    facts = {'pid': pid, 'exe': exe, 'uid': None, 'gid': None, 'comm': None, 'ppid': None, 'parent': None,
             'began': None, 'parentBegan': None, 'container': None, 'unit': None}
    facts.update(status_of(pid))
    facts['began'] = began(pid)
    facts.update(group_of(pid))
    if facts['ppid']:
        facts['parent'] = link('/proc/%d/exe' % facts['ppid'])
        facts['parentBegan'] = began(facts['ppid'])
    return facts


def link(path):
    try:
        return os.readlink(path)
    except OSError:
        return None


def status_of(pid):
    fields = dict(line.split(':', 1) for line in read_proc('/proc/%d/status' % pid).split('\n') if ':' in line)
    if 'Uid' not in fields:
        return {}
    return {'comm': fields['Name'].strip(), 'ppid': int(fields['PPid']),
            'uid': int(fields['Uid'].split()[1]), 'gid': int(fields['Gid'].split()[1])}


def began(pid):
    """When it began, in ticks since the start of the machine: with its number, its name for good."""
    after = read_proc('/proc/%d/stat' % pid).rpartition(')')[2].split()
    return int(after[19]) if len(after) > 19 else None
