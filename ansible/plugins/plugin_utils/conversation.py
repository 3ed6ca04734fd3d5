# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The controller's half of a delivery: carries frames between the running `lockstep` (a private unix socket) and
the receiver on one host (the connection's standard input). It reads no frame, keeps no frame, and puts none into
variables, arguments, files or the environment."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import struct

from ansible import __version__ as ansible_version
from ansible.errors import AnsibleActionFail, AnsibleError

from ansible_collections.lockstep.secrets.plugins.plugin_utils.connection import (
    connection_of, refuse_indirection, refuse_unsafe_connection)
from ansible_collections.lockstep.secrets.plugins.plugin_utils.inventory import (
    group_names, inventory_facts, pattern_hosts, refuse_facts)
from ansible_collections.lockstep.secrets.plugins.plugin_utils.known_hosts import places_of
from ansible_collections.lockstep.secrets.plugins.plugin_utils.session import open_session
from ansible_collections.lockstep.secrets.plugins.plugin_utils.words import telling_line

MARK = 'LOCKSTEP '
# a ledger of 8 MiB, and room for all the rest
LONGEST_ANSWER = 12 * 1024 * 1024
OPTIONS = ('environment', 'program', 'project_dir')
BOOT = "import sys;n=int(sys.argv[1]);exec(compile(sys.stdin.buffer.read(n),'receiver','exec'),{'__name__':'__main__'})"


class Link(object):
    """Messages of a 4-byte length, a JSON object, and the blobs whose sizes it lists under `blobs`."""

    def __init__(self, connected):
        self.socket = connected
        self.stream = self.socket.makefile('rb')

    def send(self, message):
        data = json.dumps(message).encode('utf-8')
        self.socket.sendall(struct.pack('>I', len(data)) + data)

    def receive(self):
        head = self.stream.read(4)
        if len(head) < 4:
            raise AnsibleActionFail('lockstep: the running lockstep went away; run its command again')
        message = json.loads(self.exactly(struct.unpack('>I', head)[0]).decode('utf-8'))
        frame = b''.join(self.exactly(size) for size in message.pop('blobs', []))
        return message, frame

    def exactly(self, size):
        data = self.stream.read(size)
        if len(data) != size:
            raise AnsibleActionFail('lockstep: the running lockstep went away; run its command again')
        return data

    def close(self):
        self.stream.close()
        self.socket.close()


def interpreter(task_vars):
    """The Python the inventory names, else the first python3 on the host's PATH."""
    named = task_vars.get('ansible_python_interpreter')
    if named and not str(named).startswith('auto'):
        return str(named)
    return '"$(command -v python3 || command -v /usr/libexec/platform-python || echo python3)"'


def options_of(action, task_vars):
    """Where the project and the program are. No option of ours carries a value."""
    given = action._task.args
    unknown = sorted(set(given) - set(OPTIONS))
    if unknown:
        raise AnsibleActionFail('lockstep: no option %s here; there are %s' % (', '.join(unknown), ', '.join(OPTIONS)))
    return {'project_dir': str(given.get('project_dir') or task_vars.get('playbook_dir') or '.'),
            'environment': str(given.get('environment') or ''), 'program': str(given.get('program') or '')}


def converse(action, phase, task_vars):
    """Runs one phase for this host: whatever `lockstep` asks goes to the receiver, its answers go back."""
    refuse_indirection(action, task_vars)
    options = options_of(action, task_vars)
    refuse_unsafe_connection(action, places_of(task_vars, options['project_dir']))
    refuse_facts(task_vars)
    link = Link(open_session(options))
    try:
        link.send({'say': 'hello', 'phase': phase, 'host': task_vars['inventory_hostname'],
                   'batch': list(task_vars.get('ansible_play_batch') or []), 'connection': connection_of(action),
                   'ansible': ansible_version, 'check': bool(action._task.check_mode)})
        while True:
            order, frame = link.receive()
            if order['do'] == 'inventory':
                link.send({'say': 'inventory', 'hosts': inventory_facts(task_vars['hostvars']),
                           'groups': group_names(task_vars['hostvars']),
                           'patterns': pattern_hosts(action, order['patterns'], task_vars)})
            elif order['do'] == 'run':
                link.send(run_receiver(action, link, frame, task_vars))
            elif order['do'] == 'done':
                return result(order)
            else:
                raise AnsibleActionFail('lockstep: the two halves speak different versions; reinstall the collection')
    finally:
        link.close()


def run_receiver(action, link, frame, task_vars):
    """One remote call. The frame is the program and its input: it travels on standard input alone."""
    size = struct.unpack('>I', frame[:4])[0]
    command = "%s -I -S -c \"%s\" %d" % (interpreter(task_vars), BOOT, size)
    try:
        done = action._low_level_execute_command(command, in_data=frame[4:], sudoable=True)
    except AnsibleError as failure:
        link.send({'say': 'unreachable', 'reason': telling_line(failure)})
        raise
    for line in done['stdout_lines']:
        if line.startswith(MARK):
            return answer_in(line[len(MARK):], done['rc'])
    return {'say': 'silent', 'status': done['rc'], 'reason': telling_line(done.get('stderr') or done.get('stdout') or '')}


def answer_in(text, status):
    """A host that was broken into may answer anything: what cannot be passed on is no answer."""
    try:
        if len(text) <= LONGEST_ANSWER:
            return {'say': 'answer', 'answer': json.loads(text, parse_constant=refuse_constant)}
    except (ValueError, RecursionError):
        pass
    return {'say': 'silent', 'status': status, 'reason': 'what came back cannot be read'}


def refuse_constant(name):
    raise ValueError(name)


def result(order):
    if order.get('failed'):
        return {'failed': True, 'msg': order['message'], 'lockstep': {'code': order['code']}}
    answer = {'changed': bool(order.get('changed')), 'lockstep': order.get('facts', {})}
    if order.get('diff'):
        answer['diff'] = order['diff']
    return answer


