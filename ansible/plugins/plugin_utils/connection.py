# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Which connections may carry secrets, and what tells one connection from another."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import re

from ansible.errors import AnsibleActionFail

# change nothing about which machine is reached, or are secrets themselves
NO_ROUTE = ('password', 'become_pass', 'private_key', 'private_key_passphrase', 'sshpass_prompt', 'prompt_l10n',
            'timeout', 'container_timeout', 'reconnection_retries', 'verbosity', 'pipelining')


def refuse_indirection(action, task_vars):
    """A bundle belongs to one machine: nothing may stand between this host's name and its connection."""
    task = action._task
    loop = getattr(task, 'loop', None) or getattr(task, 'loop_with', None) or 'ansible_loop_var' in task_vars
    for what, used in (('delegate_to', task.delegate_to), ('loop', loop), ('async', task.async_val),
                       ('run_once', task.run_once)):
        if used:
            raise AnsibleActionFail('lockstep: %s cannot be used here: secrets go to the machine they were sealed for'
                                    % what)


def refuse_unsafe_connection(action):
    """Host keys are checked, and no terminal is forced onto the stream, whatever the user's ssh_config says."""
    connection = action._connection
    if connection.transport not in ('ssh', 'smart', 'ansible.builtin.ssh', 'paramiko', 'paramiko_ssh'):
        return
    if option(connection, 'host_key_auto_add', False):
        raise AnsibleActionFail('lockstep: host_key_auto_add would deliver secrets to whoever answers; remove it')
    if not option(connection, 'host_key_checking', True):
        raise AnsibleActionFail('lockstep: host key checking is off for this host; '
                                'remove ansible_host_key_checking=false and put its key into known_hosts')
    arguments = ' '.join(str(option(connection, name, '') or '')
                         for name in ('ssh_args', 'ssh_common_args', 'ssh_extra_args'))
    if re.search(r'stricthostkeychecking[ =]+["\']?(no|off|false)\b', arguments, re.IGNORECASE):
        raise AnsibleActionFail('lockstep: StrictHostKeyChecking=no would deliver secrets to whoever answers; '
                                'remove it and put the host key into known_hosts')
    if re.search(r'(^|\s)-tt?(\s|$)|requesttty[ =]+(yes|force)', arguments, re.IGNORECASE):
        raise AnsibleActionFail('lockstep: a forced terminal (-tt) breaks the stream that carries secrets; '
                                'remove it from the ssh arguments of this host')
    if 'paramiko' not in connection.transport:
        be_strict(connection)


def be_strict(connection):
    """A connection of our own: one that an earlier task left open may have been made without looking at the key."""
    # ssh takes the first value it is given: before anything that the inventory or ansible.cfg may say
    given = option(connection, 'ssh_args', '') or ''
    connection.set_option('ssh_args', ('-o StrictHostKeyChecking=yes -o RequestTTY=no ' + given).strip())
    names = [str(option(connection, name, '') or '') for name in ('host', 'port', 'remote_user', 'ssh_common_args')]
    digest = hashlib.sha256('\0'.join(['lockstep'] + names).encode('utf-8')).hexdigest()[:10]
    connection.set_option('control_path', '%(directory)s/' + digest)


def option(connection, name, default):
    try:
        return connection.get_option(name)
    except (KeyError, AttributeError):
        return default


def connection_of(action):
    """Which machine this task reaches, and as whom. `lockstep` compares it from task to task; the digest stands for
    every other setting of the connection: jump hosts, other programs, other engines."""
    connection, play = action._connection, action._play_context
    address = option(connection, 'host', None) or option(connection, 'remote_addr', None) or play.remote_addr
    user = option(connection, 'remote_user', None) or play.remote_user
    become = connection.become
    named = [] if become is None else [become.name, option(become, 'become_user', None) or 'root']
    route = [play.remote_addr, play.port, play.remote_user] + settings(connection) + settings(become)
    digest = hashlib.sha256(repr([str(each) for each in route]).encode('utf-8', 'surrogateescape')).hexdigest()
    return {'transport': str(connection.transport), 'address': str(address or ''),
            'port': str(option(connection, 'port', None) or play.port or ''), 'user': str(user or ''),
            'become': ' '.join(str(each) for each in named), 'route': digest}


def settings(plugin):
    names = [] if plugin is None else sorted(plugin.option_definitions)
    return ['%s=%s' % (name, option(plugin, name, '')) for name in names if name not in NO_ROUTE]
