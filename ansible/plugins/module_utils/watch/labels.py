# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Which container of ours a container is: its engine is asked once, and only for labels of ours."""

import json
import subprocess

from ..receiver.find import ENGINES, find_program

KEYS = ('project', 'environment', 'container', 'generation')


class Labels(object):
    def __init__(self):
        self.known = {}

    def of(self, container):
        """{'id': …} and what of ours its labels say."""
        if container not in self.known:
            if len(self.known) > 1000:
                self.known.clear()
            self.known[container] = dict(ask(container), id=container)
        return self.known[container]


def ask(container):
    for engine in [path for path in map(find_program, ENGINES) if path]:
        command = [engine, 'inspect', '--type', 'container', '--format', '{{json .Config.Labels}}', container]
        try:
            out = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                 timeout=5).stdout
            labels = json.loads(out.decode('utf-8'))
        except (OSError, ValueError, subprocess.SubprocessError):
            continue
        if isinstance(labels, dict):
            return {key: labels['lockstep.' + key] for key in KEYS if isinstance(labels.get('lockstep.' + key), str)}
    return {}
