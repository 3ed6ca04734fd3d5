#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: the lockstep authors
# MIT License (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
module: inspect
short_description: Looks at a host
version_added: 0.1.0
description:
  - Reads what a host has - its identity, generations, links, free space, containers - and changes nothing.
  - The first of four tasks; M(lockstep.secrets.bundle), M(lockstep.secrets.container) and M(lockstep.secrets.record)
    follow. The role P(lockstep.secrets.deploy#role) has them in order.
author:
  - the lockstep authors (@lockstep-secrets)
extends_documentation_fragment:
  - lockstep.secrets.project
seealso:
  - module: lockstep.secrets.bundle
  - module: lockstep.secrets.container
  - module: lockstep.secrets.record
  - module: lockstep.secrets.deliver
'''

EXAMPLES = r'''
- name: Look at the host
  lockstep.secrets.inspect:
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
