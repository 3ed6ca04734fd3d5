# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Tells the running lockstep which hosts Ansible gave up by itself."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = '''
name: events
type: stdout
short_description: JSON lines about hosts that were lost
version_added: 0.1.0
description:
  - Prints one line for every host that could not be reached or whose task failed before lockstep could answer.
  - Only allow-listed fields are printed, so that no variable or result can slip out.
'''

import json
import sys

from ansible.plugins.callback import CallbackBase

from ansible_collections.lockstep.secrets.plugins.plugin_utils.words import telling_line

MARK = 'LOCKSTEP-EVENT '
# how the action plugins begin what they refuse before anything is sent
OURS = 'lockstep: '


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'stdout'
    CALLBACK_NAME = 'lockstep.secrets.events'

    def lost(self, result):
        answer = getattr(result, '_result', None) or result.result
        if 'lockstep' in answer:
            return
        host = getattr(result, '_host', None) or result.host
        words = str(answer.get('msg', '')).strip()
        if words.startswith(OURS) and not answer.get('unreachable'):
            event, reason = 'refused', words[len(OURS):]
        else:
            event, reason = 'lost', telling_line(words)
        self._display.display(MARK + json.dumps({'event': event, 'host': host.get_name(), 'reason': reason[:600]}))
        # Ansible leaves that to its end where its output is no terminal; the other hosts wait for this line
        sys.stdout.flush()

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.lost(result)

    def v2_runner_on_unreachable(self, result):
        self.lost(result)
