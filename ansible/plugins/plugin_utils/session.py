# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Finds the running `lockstep`, or starts the one that serves this playbook from its first task to its end."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import shutil
import stat
import subprocess
import tempfile
import time

from ansible.errors import AnsibleActionFail


def session_socket(task_vars):
    """The socket of `lockstep deploy …` when that started us; else of one `lockstep serve` per ansible-playbook."""
    path = os.environ.get('LOCKSTEP_SOCKET')
    if path is None:
        path = os.path.join(private_directory(), 'play-%d.sock' % os.getppid())
        if not os.path.exists(path):
            start(path, task_vars)
    check_private(os.path.dirname(path))
    return path


def private_directory():
    """0700, ours, and short enough for a socket (104 bytes on macOS)."""
    base = os.environ.get('XDG_RUNTIME_DIR')
    if not base or not os.path.isdir(base) or len(base) > 60:
        base = tempfile.gettempdir() if len(tempfile.gettempdir()) < 60 else '/tmp'
    path = os.path.join(base, 'lockstep-%d' % os.geteuid())
    try:
        os.mkdir(path, 0o700)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise
    check_private(path)
    return path


def check_private(path):
    facts = os.lstat(path)
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
        raise AnsibleActionFail('lockstep: %s is not a private directory of yours; remove it' % path)


def start(path, task_vars):
    """The first worker to take the lock starts it; the others wait for the socket."""
    lock = path + '.lock'
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        program = find_program(task_vars)
        subprocess.Popen([program, 'serve', '--socket', path, '--parent', str(os.getppid()),
                          '--project', str(task_vars.get('lockstep_project_dir') or task_vars['playbook_dir'])],
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         start_new_session=True, close_fds=True)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise
    deadline = time.time() + 15
    while not os.path.exists(path):
        if time.time() > deadline:
            os.unlink(lock)
            raise AnsibleActionFail('lockstep: it did not start; try `lockstep doctor` in the project')
        time.sleep(0.02)


def find_program(task_vars):
    beside = os.path.join(os.path.dirname(__file__), '..', '..', '..', 'bin', 'lockstep')
    for name in (os.environ.get('LOCKSTEP_PROGRAM'), task_vars.get('lockstep_program'), shutil.which('lockstep'),
                 os.path.realpath(beside)):
        if name and os.access(name, os.X_OK):
            return name
    raise AnsibleActionFail('lockstep: the program is not on PATH; install it, or set lockstep_program')
