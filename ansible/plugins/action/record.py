# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Action plugin of lockstep.secrets.record: see plugins/modules/record.py for its documentation."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible.plugins.action import ActionBase

from ansible_collections.lockstep.secrets.plugins.plugin_utils.conversation import converse


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        super(ActionModule, self).run(tmp, task_vars)
        return converse(self, 'record', task_vars or {})
