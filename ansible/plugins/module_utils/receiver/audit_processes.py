# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Values in the environment and the arguments of programs that run."""

import os
import re

from .cgroup import group_of
from .walk import visible

LONGEST_PROC = 1 << 18
MOST_PROCESSES = 20000
MOST_SHOWN = 1000


def process_facts(seeker):
    """Programs that hold a value where others may see it, and how many were looked at. Our own is passed over."""
    found, seen, unread = [], 0, 0
    own = str(os.getpid())
    pids = [name for name in os.listdir('/proc') if name.isdigit() and name != own]
    for pid in seeker.most('processes', pids, MOST_PROCESSES):
        if not seeker.has_time('processes'):
            break
        arguments = proc_file(pid, 'cmdline')
        environment = proc_file(pid, 'environ')
        if environment is None and arguments:
            unread += 1
        if not arguments and not environment:
            continue
        if max(len(arguments or b''), len(environment or b'')) == LONGEST_PROC:
            seeker.incomplete.add('processes')
        if not seeker.may_read('processes', len(arguments or b'') + len(environment or b''), owner(pid)):
            continue
        seen += 1
        shown, held = seeker.in_parts(arguments or b''), seeker.in_parts(environment or b'')
        if shown or held:
            found.append(dict(describe(pid), arguments=shown, environment=held))
    return {'seen': seen, 'unread': unread, 'found': seeker.most('processes', found, MOST_SHOWN)}


def owner(pid):
    """Each account has its own allowance."""
    try:
        return os.stat('/proc/%s' % pid).st_uid
    except OSError:
        return -1


def proc_file(pid, name):
    try:
        with open('/proc/%s/%s' % (pid, name), 'rb') as source:
            return source.read(LONGEST_PROC)
    except OSError:
        return None


def describe(pid):
    """Whose it is, what it is called, and which container or unit it belongs to."""
    status = (proc_file(pid, 'status') or b'').decode('utf-8', 'replace')
    uid = re.search(r'^Uid:\t(\d+)', status, re.M)
    name = visible(os.fsdecode((proc_file(pid, 'comm') or b'').strip()))
    limits = re.search(br'^Max core file size\s+(\S+)', proc_file(pid, 'limits') or b'', re.M)
    return dict(group_of(pid), pid=int(pid), uid=int(uid.group(1)) if uid else -1, name=name,
                dumps=bool(limits) and limits.group(1) != b'0')
