# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The records of auditd, where the kernel has no fanotify that names what it saw. Three rules of ours, one for each way
of touching a file: the key of a record says which it was."""

import os
import subprocess
import time

from .audit_records import Groups
from .start import DIRECTORY, Unable, is_quiet
from .who import began, link, who

KEY = 'lockstep-watch' + DIRECTORY.replace('/', '-')
WAYS = (('w', 'write'), ('a', 'attributes'), ('r', 'read'))
SETTINGS = '/etc/audit/auditd.conf'

# seconds between two looks at what the kernel could not hand out
PULSE = 60


class AuditLog(object):
    via = 'auditd'
    asks = True

    def __init__(self):
        state = audit_state()
        if state.get('enabled') != '1' or state.get('pid', '0') == '0':
            raise Unable('auditd: it does not run, or takes no rules')
        self.log = log_path()
        if self.log is None or not os.path.isfile(self.log):
            raise Unable('auditd: it writes no file')
        self.file, self.text = None, b''
        self.groups = Groups()
        self.known = {}
        self.lost, self.looked = state.get('lost'), time.monotonic()

    def begin(self):
        self.remove_rules()
        self.file = os.open(self.log, os.O_RDONLY | os.O_CLOEXEC)
        os.lseek(self.file, 0, os.SEEK_END)
        self.learn()
        for letter, way in WAYS:
            if auditctl(['-w', DIRECTORY, '-p', letter, '-k', '%s-%s' % (KEY, way)]) is None:
                raise Unable('auditd: it refuses our rules')

    def remove_rules(self):
        for _letter, way in WAYS:
            auditctl(['-D', '-k', '%s-%s' % (KEY, way)])

    def close(self):
        if self.file is not None:
            self.remove_rules()
            os.close(self.file)

    def numbers(self):
        return []

    def is_waiting(self):
        return True

    def deeds(self, everything=False):
        found = []
        for line in self.lines():
            group = self.groups.add(line.decode('utf-8', 'replace'))
            if group is not None:
                found.extend(self.deed(group))
        return found + self.losses()

    def lines(self):
        """Of this file, and of the one that took its name since."""
        while True:
            while True:
                part = os.read(self.file, 1 << 16)
                if not part:
                    break
                self.text += part
            try:
                here = os.stat(self.log)
            except FileNotFoundError:
                break
            old = os.fstat(self.file)
            if os.path.samestat(here, old) and here.st_size >= os.lseek(self.file, 0, os.SEEK_CUR):
                break
            os.close(self.file)
            self.file = os.open(self.log, os.O_RDONLY | os.O_CLOEXEC)
        lines = self.text.split(b'\n')
        self.text = lines.pop()
        return lines

    def deed(self, group):
        call = (group.get('SYSCALL') or [{}])[0]
        key = call.get('key') or ''
        ways = [way for _letter, way in WAYS if key == '%s-%s' % (KEY, way)]
        if not ways or call.get('success') == 'no' or str(os.getpid()) in (call.get('pid'), call.get('ppid')):
            return
        facts = actor_of(call)
        cwd = (group.get('CWD') or [{}])[0].get('cwd') or '/'
        items = group.get('PATH') or []
        if ways[0] == 'write':
            self.learn()
        for item in items:
            kind = kind_of(item, ways[0], items)
            path = None if kind is None else self.path_of(item, cwd, items)
            if path is not None and not (kind == 'read' and is_quiet(path)):
                yield kind, path, facts

    def learn(self):
        """Which path each file of ours has: records name files as their programs called them."""
        waiting = [DIRECTORY]
        if len(self.known) > 50000:
            self.known.clear()
        while waiting:
            path = waiting.pop()
            try:
                facts = os.lstat(path)
                self.known[facts.st_ino] = os.path.relpath(path, DIRECTORY)
                if os.path.isdir(path) and not os.path.islink(path):
                    waiting.extend(os.path.join(path, name) for name in os.listdir(path))
            except OSError:
                continue

    def path_of(self, item, cwd, items):
        """Below our directory; None for what lies elsewhere."""
        name = item.get('name') or ''
        whole = os.path.normpath(os.path.join(cwd, name))
        if whole == DIRECTORY or whole.startswith(DIRECTORY + '/'):
            return os.path.relpath(whole, DIRECTORY)
        inode = int(item.get('inode') or 0)
        if item.get('nametype') not in ('DELETE', 'CREATE') and inode in self.known:
            return self.known[inode]
        for parent in items:
            folder = self.known.get(int(parent.get('inode') or 0))
            if parent.get('nametype') == 'PARENT' and folder is not None:
                return os.path.normpath(os.path.join(folder, os.path.basename(name)))
        return self.known.get(inode)

    def losses(self):
        if time.monotonic() - self.looked < PULSE:
            return []
        self.looked = time.monotonic()
        lost, self.lost = self.lost, audit_state().get('lost')
        return [('overflow', None, None)] if self.lost not in (None, lost) else []


def kind_of(item, way, items):
    nametype = item.get('nametype')
    if nametype == 'PARENT' or nametype is None:
        return None
    if nametype in ('CREATE', 'DELETE'):
        both = {one.get('nametype') for one in items} >= {'CREATE', 'DELETE'}
        return 'move' if both else nametype.lower()
    is_directory = (item.get('mode') or '').startswith('04')
    return None if way == 'read' and is_directory else way


def actor_of(call):
    """From the record, which was written while it happened; what else there is to know, if it is still there."""
    pid, parent = int(call['pid']), int(call.get('ppid') or 0)
    facts = {'pid': pid, 'ppid': parent, 'uid': int(call.get('euid') or 0),
             'gid': int(call.get('egid') or 0), 'exe': call.get('exe'), 'comm': call.get('comm'),
             'parent': link('/proc/%d/exe' % parent), 'began': None, 'parentBegan': began(parent),
             'when': float(call['when']), 'container': None, 'unit': None}
    now = who(pid)
    if now['exe'] is not None and now['exe'] == facts['exe']:
        facts.update({key: now[key] for key in ('began', 'container', 'unit')})
    return facts


def auditctl(words):
    """What it says; None where it fails, or is not there."""
    try:
        done = subprocess.run(['auditctl'] + words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=10, env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'})
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode('utf-8', 'replace') if done.returncode == 0 else None


def audit_state():
    words = [line.split(' ', 1) for line in (auditctl(['-s']) or '').split('\n')]
    return {word[0]: word[1].strip() for word in words if len(word) == 2}


def log_path():
    try:
        with open(SETTINGS, 'r', errors='replace') as source:
            fields = [line.split('=', 1) for line in source if '=' in line and not line.startswith('#')]
    except OSError:
        return None
    settings = {name.strip(): value.strip() for name, value in fields}
    return settings.get('log_file') if settings.get('write_logs', 'yes') == 'yes' else None
