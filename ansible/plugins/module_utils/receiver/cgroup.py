# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Which container or systemd service a process belongs to, by its control groups. One rule for the receiver and for the
watch: both are judged by it."""

import os
import re

CONTAINER_GROUP = re.compile(r'(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?(?:/|$)', re.M)
SERVICE_GROUP = re.compile(r'/([^/\n]+\.service)(?:/|$)', re.M)

# below it a user makes groups and gives them names, such as those of others
USERS_OWN = re.compile(r'(/user@\d+\.service)/.*$', re.M)


def group_of(pid):
    """{container: its id, unit: the outermost service}: one of them, or none."""
    return group_in(read_proc('/proc/%s/cgroup' % pid))


def group_in(text):
    text = USERS_OWN.sub(r'\1', text)
    container = CONTAINER_GROUP.search(text)
    unit = None if container else SERVICE_GROUP.search(text)
    return {'container': container.group(1) if container else None, 'unit': unit.group(1) if unit else None}


def read_proc(path):
    """'' for a process that has ended."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ''
    try:
        return os.read(handle, 1 << 16).decode('utf-8', 'replace')
    except OSError:
        return ''
    finally:
        os.close(handle)
