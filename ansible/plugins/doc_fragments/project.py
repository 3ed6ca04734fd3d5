# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What every task of lockstep.secrets may be told."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r'''
options:
  project_dir:
    description:
      - The directory with C(lockstep.yaml), or one below it.
      - Default is the directory of the playbook.
    type: path
  environment:
    description:
      - The environment of the project, as C(lockstep -E) takes it.
      - Default is C(production).
    type: str
  program:
    description:
      - The program C(lockstep) on the controller.
      - Default is the one on PATH, else the one beside the collection.
    type: path
notes:
  - Runs with the privileges of the connection; directories below C(/opt) want C(become=true).
  - Secrets travel on the standard input of one remote command. They are in no option, variable, file on the way,
    argument or environment, at any verbosity.
  - Goes over C(ssh) with host keys checked, over C(local), and to containers over C(community.docker.docker) and
    C(containers.podman.podman). Refuses other connections, and those that do not check host keys or force a terminal.
  - Refuses C(delegate_to), C(loop), C(async) and C(run_once), and a host that is reached otherwise than when it was
    looked at.
  - The first task of a playbook starts one C(lockstep) that serves it until it ends.
requirements:
  - lockstep on the controller
  - Python 3.6 or newer on the host
attributes:
  check_mode:
    description: Says what would change and changes nothing.
    support: full
  diff_mode:
    description: Shows names and versions of secrets, never values.
    support: full
  async:
    description: Runs in the background.
    support: none
'''
