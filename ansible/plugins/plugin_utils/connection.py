# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Which connections may carry secrets, and what tells one connection from another."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import os
import re
import shlex

from ansible.errors import AnsibleActionFail

from ansible_collections.lockstep.secrets.plugins.plugin_utils.known_hosts import brought_keys

# their command line tools, which take standard input
ENGINES = ('community.docker.docker', 'docker', 'containers.podman.podman', 'podman')
# letters of ssh's own arguments that a value follows
WITH_VALUE = 'BbcDEeFIiJLlmOopQRSWw'
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


def refuse_unsafe_connection(action, places=()):
    """Secrets go over connections of which we know that they reach the machine that is meant, and that nobody reads
    along. What is not known is refused, and so are host keys out of these places."""
    connection = action._connection
    kind = connection.transport
    if kind in ENGINES:
        refuse_open_engine(connection)
    elif kind == 'ssh':
        refuse_unsafe_ssh(connection, places)
        be_strict(connection)
    elif kind != 'local':
        why = ': it takes no standard input' if kind == 'paramiko' else ''
        refuse('secrets do not go over the connection %s%s' % (kind, why),
               'set ansible_connection to ssh, to local for this machine, or to docker or podman for a container')


def refuse(what, hint):
    raise AnsibleActionFail('lockstep: %s; %s' % (what, hint))


def refuse_open_engine(connection):
    """An engine elsewhere is reached by ssh or with its certificate checked."""
    given = ' '.join(str(option(connection, name, '') or '') for name in ('docker_extra_args', 'podman_extra_args'))
    given = re.sub(r'["\'\\]', '', given)
    refuse_named_engine(connection, given)
    named = re.findall(r'(?:^|\s)(?:-[Dlrv]*H|--host|--url)[=\s]*(\S+)', given)
    named += [os.environ[name] for name in ('DOCKER_HOST', 'CONTAINER_HOST') if os.environ.get(name)]
    is_checked = re.search(r'--tlsverify(?!=(false|0))', given) or os.environ.get('DOCKER_TLS_VERIFY')
    for engine in named:
        if not is_checked and not re.match(r'(unix|ssh|fd)://', engine):
            refuse('the engine at %s is reached without a check of who it is' % engine,
                   'use ssh://, or --tlsverify with its certificates')


def refuse_named_engine(connection, given):
    """What stands behind a name is in files that we do not read."""
    named = re.findall(r'(?:^|\s)(-[Dlrv]*c|--context|--connection|--config)', given)
    is_podman = 'podman' in connection.transport
    name, harmless = ('CONTAINER_CONNECTION', '') if is_podman else ('DOCKER_CONTEXT', 'default')
    if os.environ.get(name, '') not in ('', harmless):
        named.append(name)
    if named:
        refuse('%s leads to an engine that nobody here knows the address of' % named[0],
               'say where it is: DOCKER_HOST or -H, for podman CONTAINER_HOST or --url')


def refuse_unsafe_ssh(connection, places):
    """What would make a mistake of the user's work is refused with words; what is only lax is overridden."""
    if not option(connection, 'host_key_checking', True):
        refuse('host key checking is off for this host', 'remove ansible_host_key_checking=false (host_key_checking in '
               'ansible.cfg, ANSIBLE_HOST_KEY_CHECKING) and put its key into known_hosts')
    flags, given = ssh_words(ssh_arguments(connection))
    options = [name_and_value(each) for each in given]
    unchecked = [value for name, value in options if name == 'stricthostkeychecking'
                 and (value in ('no', 'off', 'false') or value == 'accept-new' and forgets(options))]
    if unchecked:
        refuse('StrictHostKeyChecking=%s would deliver secrets to whoever answers' % unchecked[0],
               'remove it and put the host key into known_hosts')
    if 't' in flags or any(name == 'requesttty' and value in ('yes', 'true', 'force') for name, value in options):
        refuse('a forced terminal (-tt) breaks the stream that carries secrets',
               'remove it from the ssh arguments of this host')
    if 'S' in flags:
        refuse('-S would use a connection that somebody else opened', 'remove it from the ssh arguments of this host')
    brought = brought_keys(given, places)
    if brought:
        refuse(*brought)


def forgets(options):
    return any(name == 'userknownhostsfile' and ('/dev/null' in value or value == 'none') for name, value in options)


def ssh_arguments(connection):
    """As Ansible splits them."""
    try:
        return [word.strip() for name in ('ssh_args', 'ssh_common_args', 'ssh_extra_args')
                for word in shlex.split(str(option(connection, name, '') or '')) if word.strip()]
    except ValueError:
        return refuse('the ssh arguments of this host have an open quote', 'close it')


def ssh_words(words):
    """Single letters, and what was given with -o, in whichever of its ways ssh was told them."""
    flags, options = set(), []
    words = iter(words)
    for word in words:
        letters = word[1:] if word.startswith('-') else ''
        while letters:
            letter, letters = letters[0], letters[1:]
            flags.add(letter)
            if letter in WITH_VALUE:
                value, letters = letters or next(words, ''), ''
                if letter == 'o':
                    options.append(value)
    return flags, options


def name_and_value(given):
    """In small letters."""
    name, _space, value = re.sub(r'[\s=]+', ' ', given.strip().lower(), 1).partition(' ')
    return name, value.strip(' "\'')


def be_strict(connection):
    """A connection of our own: one that an earlier task or the user left open may have been made without looking at
    the key."""
    # as many as there are ways: Ansible itself would share one between hosts that only their jump host tells apart
    digest = hashlib.sha256(repr(settings(connection)).encode('utf-8', 'surrogateescape')).hexdigest()[:10]
    words = ' '.join(ssh_arguments(connection)).lower()
    is_ours = 'controlpersist' in words and 'controlpath' not in words
    # ssh takes the first value it is given: before anything that the inventory or ansible.cfg may say
    strict = '-o StrictHostKeyChecking=yes -o NoHostAuthenticationForLocalhost=no -o RequestTTY=no '
    given = strict + ('' if is_ours else '-o ControlPath=none ') + (option(connection, 'ssh_args', '') or '')
    connection.set_option('ssh_args', given.strip())
    connection.set_option('control_path', '%(directory)s/l' + digest)


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
