#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: the lockstep authors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
module: deliver
short_description: Does all steps of a delivery at once
version_added: 0.1.0
description:
  - What C(lockstep deploy) and C(lockstep setup) run. All hosts wait for each other within this one task.
  - A playbook uses the role P(lockstep.secrets.deploy#role) instead.
author:
  - the lockstep authors (@lockstep-secrets)
extends_documentation_fragment:
  - lockstep.secrets.project
seealso:
  - module: lockstep.secrets.inspect
  - module: lockstep.secrets.bundle
  - module: lockstep.secrets.container
  - module: lockstep.secrets.record
'''

EXAMPLES = r'''
# lockstep deploy runs a play of its own with this task
- name: Deliver
  lockstep.secrets.deliver:
'''

RETURN = r'''
lockstep:
  description: How far this host is, in names and numbers.
  returned: always
  type: dict
  contains:
    state:
      description:
        - What became of the host, once that is known. One of V(delivered), V(restarted), V(kept), V(planned), V(failed),
          V(held-back), V(refused) and V(unreachable).
      returned: when known
      type: str
      sample: delivered
    generation:
      description: Number of the generation it has, or is about to have.
      returned: when planned
      type: int
      sample: 42
    secrets:
      description: Names of the secrets that differ.
      returned: when planned
      type: list
      elements: str
      sample: [AWS_SECRET_ACCESS_KEY]
    containers:
      description: Its containers, what was done to each, and how its state is known.
      returned: when the state is known
      type: list
      elements: dict
      sample: [{container: api, action: recreate, proof: reported, state: ready}]
    code:
      description: Why it failed, as a code of the error table.
      returned: on failure
      type: str
      sample: CONFLICT
'''

# The work is done on the controller, by the action plugin of the same name.
