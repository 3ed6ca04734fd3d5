# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Where programs of the host are. For the receiver and for the watch."""

import os

# that run containers, the first that is there first
ENGINES = ('docker', 'podman')


def find_program(name):
    for folder in os.environ.get('PATH', '').split(':') + ['/usr/bin', '/usr/local/bin', '/bin']:
        path = os.path.join(folder or '.', name)
        if os.path.isabs(path) and os.access(path, os.X_OK):
            return path
    return None
