# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Finds the running `lockstep`, or starts the one that serves this playbook from its first task to its end."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import fcntl
import hashlib
import multiprocessing
import os
import re
import shutil
import socket
import stat
import subprocess
import tempfile
import time

from ansible.errors import AnsibleActionFail

SECONDS_TO_START = 30


def open_session(options):
    """A connection to the `lockstep deploy` that started this play; else to the one `lockstep serve` of this
    ansible-playbook and project, which the first task to come starts."""
    named = os.environ.get('LOCKSTEP_SOCKET')
    if named is not None:
        check_private(os.path.dirname(named))
        return connect(named) or fail('the lockstep that started this play is gone')
    path = own_socket(options)
    return connect(path) or start(path, options)


def connect(path):
    """None when nobody listens there."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        link.connect(path)
        return link
    except OSError as error:
        link.close()
        if error.errno in (errno.ENOENT, errno.ECONNREFUSED):
            return None
        raise


def fail(message):
    raise AnsibleActionFail('lockstep: %s' % message)


def own_socket(options):
    """One for each ansible-playbook (by its process, so that a number given out again is another one) and project."""
    parent = playbook_process()
    key = '\0'.join([started_at(parent), options['project_dir'], options['environment'] or '', os.getcwd()])
    digest = hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()[:12]
    return os.path.join(private_directory(), 'play-%d-%s' % (parent, digest))


def playbook_process():
    """The ansible-playbook that forked this worker. A worker that has lost it belongs to whoever collects orphans
    (process 1, or a subreaper): a server for that process would never end."""
    forked_by = multiprocessing.parent_process()
    if forked_by is None:
        return os.getpid()
    if os.getppid() != forked_by.pid:
        fail('ansible-playbook has ended; run it again')
    return forked_by.pid


def started_at(pid):
    fields = stat_of(pid)
    return fields[19] if len(fields) > 19 else ''


def stat_of(pid):
    """What Linux says of a process behind its name, from its state on; empty elsewhere, and when it is gone."""
    try:
        with open('/proc/%d/stat' % pid, 'rb') as source:
            return source.read().rsplit(b')', 1)[-1].decode('ascii', 'replace').split()
    except OSError:
        return []


def private_directory():
    """0700, ours, and short enough for a socket (104 bytes on macOS)."""
    base = os.environ.get('XDG_RUNTIME_DIR')
    if not base or not os.path.isdir(base) or len(base) > 50:
        base = tempfile.gettempdir() if len(tempfile.gettempdir()) < 50 else '/tmp'
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
        fail('%s is not a private directory of yours; remove it' % path)


def start(path, options):
    """Tasks of other hosts come at the same time: one starts it, the others find it running."""
    directory = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        link = connect(path)
        if link is not None:
            return link
        sweep(os.path.dirname(path))
        return launch(path, options)
    finally:
        os.close(directory)


def sweep(directory):
    """Sockets whose playbook has ended: their server was killed and could not remove them."""
    for name in os.listdir(directory):
        match = re.match(r'play-(\d+)-[0-9a-f]+$', name)
        if match and (connect_ends(os.path.join(directory, name)) or not alive(int(match.group(1)))):
            os.unlink(os.path.join(directory, name))


def connect_ends(path):
    link = connect(path)
    if link is not None:
        link.close()
    return link is None


def alive(pid):
    """One that only waits to be collected has ended."""
    try:
        os.kill(pid, 0)
    except OSError as error:
        return error.errno != errno.ESRCH
    return stat_of(pid)[:1] not in (['Z'], ['X'])


def launch(path, options):
    command = [find_program(options), 'serve', '--socket', path, '--parent', str(playbook_process()),
               '--project', options['project_dir']]
    if options['environment']:
        command += ['--environment', options['environment']]
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               start_new_session=True, close_fds=True)
    try:
        return await_socket(path, program)
    finally:
        program.stderr.close()


def await_socket(path, program):
    deadline = time.time() + SECONDS_TO_START
    while True:
        link = connect(path)
        if link is not None:
            return link
        if program.poll() is not None:
            said = program.stderr.read(4096).decode('utf-8', 'replace').strip()
            fail('it ended with status %d before it could serve this playbook: %s' % (program.returncode, said))
        if time.time() > deadline:
            program.kill()
            fail('it did not start within %d s; try `lockstep doctor` in the project' % SECONDS_TO_START)
        time.sleep(0.02)


def find_program(options):
    """LOCKSTEP_PROGRAM, the option `program`, PATH, the clone that this collection lies in."""
    beside = os.path.realpath(os.path.join(os.path.dirname(os.path.realpath(__file__)), '../../../bin/lockstep'))
    for name in (os.environ.get('LOCKSTEP_PROGRAM'), options['program']):
        if name:
            return name if os.access(name, os.X_OK) else fail('%s is not a program' % name)
    found = shutil.which('lockstep') or (beside if os.access(beside, os.X_OK) else None)
    return found or fail('the program is not on PATH; install it, or set the option `program`')
