# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What the inventory says of the hosts, and nobody else: facts come from the hosts themselves, and one host's must not
say where another host's secrets go."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.inventory.helpers import get_group_vars, sort_groups
from ansible.utils.vars import combine_vars
from ansible.vars.plugins import get_vars_from_inventory_sources

ROLE_OPTIONS = ('deploy_environment', 'deploy_program', 'deploy_project_dir')


def inventory_facts(hostvars):
    """For every host its groups and its lockstep_* variables, untemplated: from the inventory's sources, the
    group_vars and host_vars beside them, and --extra-vars."""
    inventory = hostvars._inventory
    extra = ours(hostvars._variable_manager.extra_vars)
    groups = inventory.get_groups_dict()
    return {name: {'groups': sorted(group for group, members in groups.items() if name in members),
                   'variables': dict(ours(host_variables(hostvars, inventory.get_host(name))), **extra)}
            for name in groups.get('all', [])}


def group_names(hostvars):
    """Those without hosts too: a pattern may name them."""
    return sorted(hostvars._inventory.get_groups_dict())


def host_variables(hostvars, host):
    """In the order of Ansible's VariableManager, without what it adds from a play and from facts."""
    inventory = hostvars._inventory
    of_all = [inventory.groups['all']]
    own = sort_groups([group for group in host.get_groups() if group.name != 'all'])

    def beside(entities):
        return get_vars_from_inventory_sources(hostvars._loader, inventory._sources, entities, 'task')

    known = {'all_inventory': lambda: get_group_vars(of_all), 'groups_inventory': lambda: get_group_vars(own),
             'all_plugins_inventory': lambda: beside(of_all), 'groups_plugins_inventory': lambda: beside(own)}
    found = {}
    for entry in C.VARIABLE_PRECEDENCE:
        if entry in known:
            found = combine_vars(found, known[entry]())
    return combine_vars(combine_vars(found, host.get_vars()), beside([host]))


def ours(variables):
    return {str(name): plain(value) for name, value in variables.items() if str(name).startswith('lockstep_')}


def plain(value):
    return value if isinstance(value, (bool, int, type(None))) else str(value)


def pattern_hosts(action, patterns, task_vars):
    """Each pattern of the manifest, resolved by Ansible itself."""
    from ansible.plugins.loader import lookup_loader
    lookup = lookup_loader.get('ansible.builtin.inventory_hostnames', loader=action._loader, templar=action._templar)
    return {pattern: list(lookup.run([pattern], variables=task_vars)) for pattern in patterns}


def refuse_facts(task_vars):
    """Facts outrank the defaults of a role: a host could name the program that runs here."""
    facts = task_vars.get('ansible_facts') or {}
    for name in ROLE_OPTIONS:
        if name in facts:
            raise AnsibleActionFail('lockstep: a fact of this host is called %s: a host does not choose what runs here; '
                                    'clear the fact cache, find out where it comes from' % name)
