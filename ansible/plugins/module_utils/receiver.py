# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What runs on a host. The action plugins pipe this text to `python3 -I -S`, followed by one frame:
a JSON header line, then the blobs whose sizes the header lists. The answer is one line on stdout,
`LOCKSTEP ` and JSON: codes and facts, never a value. It decides nothing: every rule is on the operators' side.

Works on Python 3.6 and newer with nothing but the standard library.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import binascii
import errno
import hashlib
import hmac
import json
import os
import stat
import sys
import time

FORMAT = 1
MAX_FILE = 64 * 1024 * 1024
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Refusal(Exception):
    """An answer of ours: one of the codes of the error table, and words that hold no value."""

    def __init__(self, code, message, hint=None, **extra):
        super(Refusal, self).__init__(message)
        self.answer = dict(extra, code=code, message=message)
        if hint:
            self.answer['hint'] = hint


# ---------------------------------------------------------------- files

def check_ancestors(path):
    """Every directory above ours belongs to root or to us and nobody else may rename things in it."""
    trusted = (0, os.geteuid())
    parent = os.path.dirname(path)
    while True:
        try:
            facts = os.stat(parent)
        except FileNotFoundError:
            facts = None
        if facts is not None:
            loose = facts.st_mode & 0o022 and not facts.st_mode & stat.S_ISVTX
            if facts.st_uid not in trusted or loose:
                raise Refusal('UNSAFE', '%s can be changed by others than root' % parent,
                              'chown root and chmod go-w %s' % parent)
        if parent == os.path.dirname(parent):
            return
        parent = os.path.dirname(parent)


def open_directory(path, make=False):
    """A handle on our directory, never through a link in its last component."""
    if not os.path.isabs(path) or os.path.normpath(path) != path:
        raise Refusal('USAGE', 'not an absolute, plain path: %s' % path)
    check_ancestors(path)
    if make and not os.path.lexists(path):
        os.makedirs(path, 0o700)
        fsync_path(os.path.dirname(path))
    try:
        handle = os.open(path, DIRECTORY)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise Refusal('UNSAFE', '%s is not a directory of its own' % path)
        raise
    facts = os.fstat(handle)
    if facts.st_uid not in (0, os.geteuid()) or facts.st_mode & 0o022:
        raise Refusal('UNSAFE', '%s can be changed by others than root' % path, 'chown root and chmod go-w %s' % path)
    return handle


def fsync_path(path):
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_directory(parent, name, mode, uid, gid):
    """Makes (or opens) one directory below a handle; a link or foreign kind there is refused."""
    try:
        os.mkdir(name, mode, dir_fd=parent)
        made = True
    except FileExistsError:
        made = False
    handle = os.open(name, DIRECTORY, dir_fd=parent)
    if made:
        os.fchmod(handle, mode)
        if (uid, gid) != (os.geteuid(), os.getegid()):
            os.fchown(handle, uid, gid)
    return handle


def write_file(parent, name, data, mode, uid, gid):
    """Exclusive from the first instant, owner and mode set before the content, on disk when it returns."""
    handle = os.open(name, CREATE, 0o600, dir_fd=parent)
    try:
        if (uid, gid) != (os.geteuid(), os.getegid()):
            os.fchown(handle, uid, gid)
        os.fchmod(handle, mode)
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view):]
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(parent, name, data, mode=0o600):
    temporary = '.%s.%s.tmp' % (name, nonce())
    try:
        write_file(parent, temporary, data, mode, os.geteuid(), os.getegid())
        os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
    except OSError:
        forget(parent, temporary)
        raise
    os.fsync(parent)


def forget(parent, name):
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        return


def read_file(parent, name, limit=MAX_FILE):
    """The bytes of a regular file below a handle, or None when nothing is there."""
    try:
        handle = os.open(name, READ, dir_fd=parent)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refusal('UNSAFE', '%s is a link where a file belongs' % name)
        raise
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > limit:
            raise Refusal('UNSAFE', '%s is not a file of a sensible size' % name)
        parts = []
        while True:
            part = os.read(handle, 1 << 20)
            if not part:
                return b''.join(parts)
            parts.append(part)
    finally:
        os.close(handle)


def remove_tree(parent, name):
    facts = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if not stat.S_ISDIR(facts.st_mode):
        os.unlink(name, dir_fd=parent)
        return
    handle = os.open(name, DIRECTORY, dir_fd=parent)
    try:
        for child in os.listdir(handle):
            remove_tree(handle, child)
    finally:
        os.close(handle)
    os.rmdir(name, dir_fd=parent)


def nonce():
    return binascii.hexlify(os.urandom(8)).decode()


def read_json(parent, name):
    data = read_file(parent, name, 1 << 20)
    if data is None:
        return None
    try:
        return json.loads(data.decode('utf-8'))
    except ValueError:
        raise Refusal('TAMPERED', '%s is not readable JSON' % name)


def to_json(value):
    return json.dumps(value, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode('utf-8')


# ---------------------------------------------------------------- who we are

def identity(root):
    """host.json: project, environment and inventory name this directory belongs to, and the host's random id."""
    return None if root is None else read_json(root, 'host.json')


def open_own(header):
    """Our directory, after the checks that come before anything is written."""
    root = open_directory(header['directory'])
    known = identity(root)
    wanted = header['identity']
    if known is None:
        raise Refusal('CONFLICT', 'this host is not set up', 'lockstep setup --hosts %s' % wanted['host'])
    for key in ('project', 'environment', 'host', 'id'):
        if known.get(key) != wanted.get(key):
            raise Refusal('CONFLICT', 'this is not the machine that was set up: its %s differs' % key)
    return root


def with_ledger(root, work):
    ledger = make_directory(root, 'ledger', 0o700, os.geteuid(), os.getegid())
    try:
        return work(ledger)
    finally:
        os.close(ledger)


def read_lease(root):
    """Who may change this host now ({run, holder, until}), and the highest revision that has been here (fence)."""
    if lstat(root, 'ledger') is None:
        return None
    return with_ledger(root, lambda ledger: read_json(ledger, 'lease.json'))


def take_lease(root, header):
    """Grants the lease when it is free, ours, run out, or `over` names its dead holder; never to a run that has not
    seen the newest delivery. Two at once: the guard's lock decides."""
    import fcntl
    wanted = header['lease']

    def take(ledger):
        guard = os.open('guard', os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=ledger)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            lease = read_json(ledger, 'lease.json') or {}
            free = lease.get('run') in (None, header['run'], wanted.get('over')) or lease.get('until', 0) <= time.time()
            if not free:
                raise Refusal('CONFLICT', 'held by %s' % lease.get('holder'), 'wait for that run, or see who it is')
            if header['revision'] <= lease.get('fence', 0):
                raise Refusal('CONFLICT', 'a newer delivery has been here since this run looked', 'run it again')
            replace_file(ledger, 'lease.json', to_json({
                'run': header['run'], 'holder': wanted['holder'], 'until': int(time.time()) + wanted['seconds'],
                'fence': lease.get('fence', 0)}))
        finally:
            os.close(guard)
    with_ledger(root, take)


def check_lease(root, header):
    """Only the run that holds the lease may change anything."""
    lease = read_lease(root)
    if lease is None or lease.get('run') != header['run']:
        raise Refusal('CONFLICT', 'another run holds this host: %s' % (lease or {}).get('holder'))


def release_lease(root, header):
    """Keeps the highest revision; the run's name goes, so that the next one need not wait."""
    lease = read_lease(root)
    if lease is not None and lease.get('run') == header['run']:
        fence = max(header['revision'], lease.get('fence', 0))
        with_ledger(root, lambda ledger: replace_file(ledger, 'lease.json', to_json(
            {'run': None, 'holder': None, 'until': 0, 'fence': fence})))


# ---------------------------------------------------------------- what a generation holds

def hkdf(secret, info):
    """HKDF-SHA256 (RFC 5869), empty salt, one block."""
    key = hmac.new(b'\0' * 32, secret, hashlib.sha256).digest()
    return hmac.new(key, info + b'\x01', hashlib.sha256).digest()


def scope_facts(parent, name):
    """One scope: its authenticated manifest as it says, and what is wrong with it (a list of codes and names)."""
    try:
        scope = os.open(name, DIRECTORY, dir_fd=parent)
    except FileNotFoundError:
        return None
    try:
        wrong = []
        password = read_file(scope, 'vault-password', 1 << 16)
        secrets = os.open('secrets', DIRECTORY, dir_fd=scope)
        try:
            document = read_json(secrets, 'manifest.json')
            if document is None:
                return {'manifest': None, 'wrong': ['NO_MANIFEST']}
            manifest = document['manifest']
            if password is None:
                wrong.append('NO_PASSWORD')
            elif not authentic(document, password.strip()):
                wrong.append('BAD_MAC')
            wrong.extend(file_problems(secrets, manifest))
        finally:
            os.close(secrets)
        shown = {key: value for key, value in manifest.items() if key != 'fingerprintKey'}
        return {'manifest': shown, 'wrong': wrong}
    finally:
        os.close(scope)


def authentic(document, password):
    expected = hmac.new(hkdf(password, b'lockstep/manifest'), to_json(document['manifest']), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, str(document.get('mac')))


def file_problems(secrets, manifest):
    wrong = []
    for name, known in sorted(manifest.get('files', {}).items()):
        data = read_file(secrets, name) if '/' not in name else None
        if data is None:
            wrong.append('MISSING %s' % name)
        elif hashlib.sha256(data).hexdigest() != known.get('sha256'):
            wrong.append('CHANGED %s' % name)
    expected = set(manifest.get('files', {})) | {'manifest.json'}
    wrong.extend('UNKNOWN %s' % name for name in sorted(set(os.listdir(secrets)) - expected))
    return wrong


def generation_facts(root, number):
    """Host scope and container scopes of one generation."""
    path = os.open('generations', DIRECTORY, dir_fd=root)
    try:
        generation = os.open(str(number), DIRECTORY, dir_fd=path)
    except FileNotFoundError:
        return None
    finally:
        os.close(path)
    try:
        scopes = {'host': guarded(scope_facts, '.', generation)}
        try:
            containers = os.open('containers', DIRECTORY, dir_fd=generation)
        except FileNotFoundError:
            return scopes
        try:
            for name in sorted(os.listdir(containers)):
                scopes['container/' + name] = guarded(scope_facts, name, containers)
        finally:
            os.close(containers)
        return scopes
    finally:
        os.close(generation)


def guarded(work, name, parent):
    try:
        return work(parent, name)
    except Refusal as refusal:
        return {'manifest': None, 'wrong': ['%s %s' % (refusal.answer['code'], refusal.answer['message'])]}
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        return {'manifest': None, 'wrong': ['UNREADABLE %s' % type(error).__name__]}


def generations(root):
    """Numbers on disk, and the one `current` names."""
    try:
        path = os.open('generations', DIRECTORY, dir_fd=root)
    except FileNotFoundError:
        return [], None
    try:
        numbers = sorted(int(name) for name in os.listdir(path) if name.isdigit())
    finally:
        os.close(path)
    try:
        target = os.readlink('current', dir_fd=root)
    except (FileNotFoundError, OSError):
        return numbers, None
    name = target[len('generations/'):] if target.startswith('generations/') else ''
    return numbers, int(name) if name.isdigit() else None


# ---------------------------------------------------------------- inspect

def inspect(header, blobs):
    """Facts, no judgement; writes nothing. `walk` lists every path of ours."""
    directory = header['directory']
    facts = {'python': '%d.%d.%d' % sys.version_info[:3], 'uid': os.geteuid(), 'hostname': os.uname()[1],
             'now': int(time.time()), 'directory': directory, 'identity': None, 'current': None,
             'generations': [], 'scopes': {}, 'lease': None, 'ledger': None, 'paths': None, 'legacy': []}
    if os.path.lexists(directory):
        root = open_directory(directory)
        try:
            inspect_root(root, header, facts)
        finally:
            os.close(root)
    space = free_space(directory)
    facts.update(space)
    if header.get('engine'):
        facts['engine'] = engine_facts(header)
    if header.get('executable'):
        facts['executable'] = executable_digest(directory)
    return facts


def inspect_root(root, header, facts):
    facts['identity'] = identity(root)
    facts['lease'] = read_lease(root)
    numbers, current = generations(root)
    facts['generations'] = numbers
    facts['current'] = current
    if current is not None:
        facts['scopes'] = generation_facts(root, current) or {}
    if header.get('ledger') and 'ledger' in os.listdir(root):
        sealed = with_ledger(root, lambda ledger: read_file(ledger, 'ledger.vault', 1 << 23))
        facts['ledger'] = sealed.decode('ascii', 'replace') if sealed is not None else None
    for name in ('vault-password', 'secrets'):
        entry = lstat(root, name)
        if entry is not None and not stat.S_ISLNK(entry.st_mode):
            facts['legacy'].append(name)
    if header.get('walk'):
        facts['paths'] = walk(header['directory'])


def lstat(parent, name):
    try:
        return os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return None


def free_space(directory):
    path = directory
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    room = os.statvfs(path)
    return {'freeBytes': room.f_bavail * room.f_frsize, 'freeFiles': room.f_favail,
            'readOnly': bool(room.f_flag & getattr(os, 'ST_RDONLY', 1))}


def walk(directory, limit=20000):
    """Every path below ours and ours itself: relative path, kind, mode, owner, links, link target."""
    found = []
    waiting = ['']
    while waiting and len(found) < limit:
        relative = waiting.pop()
        path = os.path.join(directory, relative) if relative else directory
        try:
            facts = os.lstat(path)
        except FileNotFoundError:
            continue
        kind = kind_of(facts.st_mode)
        entry = [relative or '.', kind, stat.S_IMODE(facts.st_mode), facts.st_uid, facts.st_gid, facts.st_nlink]
        if kind == 'link':
            entry.append(os.readlink(path))
        found.append(entry)
        if kind == 'directory':
            waiting.extend(os.path.join(relative, name) if relative else name for name in sorted(os.listdir(path)))
    return found


def kind_of(mode):
    for kind, test in (('file', stat.S_ISREG), ('directory', stat.S_ISDIR), ('link', stat.S_ISLNK),
                       ('fifo', stat.S_ISFIFO)):
        if test(mode):
            return kind
    return 'other'


def executable_digest(directory):
    try:
        digest = hashlib.sha256()
        with open(os.path.join(directory, 'bin', 'lockstep'), 'rb') as source:
            for part in iter(lambda: source.read(1 << 20), b''):
                digest.update(part)
        return digest.hexdigest()
    except FileNotFoundError:
        return None


# ---------------------------------------------------------------- enrol, stage, switch, prune

def enrol(header, blobs):
    """Makes the directory and gives the host its id; a directory of somebody else's is refused."""
    root = open_directory(header['directory'], make=True)
    try:
        wanted = header['identity']
        known = identity(root)
        if known is None:
            foreign = [name for name in os.listdir(root) if name not in ('vault-password', 'secrets', 'scripts', 'bin')]
            if foreign and not header.get('adopt'):
                raise Refusal('CONFLICT', '%s holds things that are not ours: %s'
                              % (header['directory'], ', '.join(sorted(foreign)[:3])),
                              'set `directory:` in lockstep.yaml, or move them away')
            replace_file(root, 'host.json', to_json(wanted))
            known = wanted
        for key in ('project', 'environment', 'host'):
            if known.get(key) != wanted[key]:
                raise Refusal('CONFLICT', '%s belongs to %s %s, not to %s'
                              % (header['directory'], key, known.get(key), wanted[key]))
        for name in ('generations', 'ledger'):
            os.close(make_directory(root, name, 0o700, os.geteuid(), os.getegid()))
        os.fsync(root)
        return {'identity': known}
    finally:
        os.close(root)


def stage(header, blobs):
    """Writes a whole generation beside the others and renames it into place. With `then`, also switches to it: for
    hosts where nothing has to be re-created."""
    root = open_own(header)
    try:
        take_lease(root, header)
        number, wanted = header['generation']['number'], header['generation']['id']
        path = os.open('generations', DIRECTORY, dir_fd=root)
        try:
            sweep(path)
            if lstat(path, str(number)) is not None:
                scopes = generation_facts(root, number) or {}
                manifest = (scopes.get('host') or {}).get('manifest') or {}
                if manifest.get('generation', {}).get('id') != wanted:
                    raise Refusal('CONFLICT', 'generation %d is here with another id' % number)
            else:
                name = '.%d.%s.tmp' % (number, nonce())
                write_generation(path, name, header['files'], blobs)
                os.rename(name, str(number), src_dir_fd=path, dst_dir_fd=path)
                os.fsync(path)
        finally:
            os.close(path)
        if header.get('ledger'):
            with_ledger(root, lambda ledger: replace_file(ledger, 'ledger.vault', blobs[-1]))
        return switch_to(root, header) if header.get('switch') else {}
    finally:
        os.close(root)


def sweep(path):
    """What a killed run left behind: we hold the lease, so nobody is writing it."""
    for name in os.listdir(path):
        if name.startswith('.') and name.endswith('.tmp'):
            remove_tree(path, name)


def write_generation(path, name, files, blobs):
    made = {}
    uid, gid = os.geteuid(), os.getegid()
    try:
        made[''] = make_directory(path, name, 0o700, uid, gid)
        for entry, data in zip(files, blobs):
            owner = (entry.get('uid', uid), entry.get('gid', gid))
            parent = ''
            parts = entry['path'].split('/')
            for depth, part in enumerate(parts[:-1]):
                if part in ('', '.', '..'):
                    raise Refusal('USAGE', 'bad path in bundle')
                child = '/'.join(parts[:depth + 1])
                if child not in made:
                    # a scope's own directory and all below belong to its owner; what is above stays ours
                    mine = child.startswith('containers/') or parts[0] != 'containers'
                    made[child] = make_directory(made[parent], part, 0o700, *(owner if mine else (uid, gid)))
                parent = child
            write_file(made[parent], parts[-1], data, 0o600, *owner)
        for child in sorted(made, reverse=True):
            os.fsync(made[child])
    except OSError:
        if '' in made:
            remove_tree(path, name)
        raise
    finally:
        for handle in made.values():
            os.close(handle)


def switch(header, blobs):
    """One rename moves password and files together. Also the way back: `number` may be an older one."""
    root = open_own(header)
    try:
        check_lease(root, header)
        return switch_to(root, header)
    finally:
        os.close(root)


def switch_to(root, header):
    number = header['generation']['number']
    scopes = generation_facts(root, number)
    host = (scopes or {}).get('host') or {}
    found = (host.get('manifest') or {}).get('generation', {}).get('id')
    if found != header['generation']['id']:
        raise Refusal('CONFLICT', 'generation %d is not the one that was staged' % number)
    wrong = [item for scope in scopes.values() for item in scope['wrong']]
    if wrong:
        raise Refusal('TAMPERED', 'generation %d is not whole: %s' % (number, ', '.join(wrong[:3])))
    before = generations(root)[1]
    point(root, 'current', 'generations/%d' % number)
    has_password = 'vault-password' in os.listdir(os.path.join(header['directory'], 'generations', str(number)))
    for name in ('vault-password', 'secrets'):
        link(root, name, 'current/' + name, header.get('replace'), wanted=name == 'secrets' or has_password)
    os.fsync(root)
    answer = {'before': before, 'changed': before != number}
    if header.get('keep') is not None:
        answer.update(prune_in(root, header))
    if header.get('release'):
        release_lease(root, header)
    return answer


def point(root, name, target):
    temporary = '.%s.%s.tmp' % (name, nonce())
    os.symlink(target, temporary, dir_fd=root)
    os.rename(temporary, name, src_dir_fd=root, dst_dir_fd=root)
    os.fsync(root)


def link(root, name, target, replace, wanted):
    entry = lstat(root, name)
    if entry is not None and not stat.S_ISLNK(entry.st_mode):
        if not replace:
            raise Refusal('CONFLICT', '%s was put there by hand' % name, 'lockstep deploy --replace-files removes it')
        remove_tree(root, name)
        entry = None
    if not wanted:
        if entry is not None:
            os.unlink(name, dir_fd=root)
        return
    if entry is None or os.readlink(name, dir_fd=root) != target:
        point(root, name, target)


def prune(header, blobs):
    """Removes generations that nobody refers to, except those to keep; `release` also lets go of the lease."""
    root = open_own(header)
    try:
        check_lease(root, header)
        answer = prune_in(root, header)
        if header.get('release'):
            release_lease(root, header)
        return answer
    finally:
        os.close(root)


def prune_in(root, header):
    numbers, current = generations(root)
    old = [number for number in numbers if number not in header['keep'] and number != current]
    used = mounted_generations(header['directory']) if old else set()
    path = os.open('generations', DIRECTORY, dir_fd=root)
    removed = []
    try:
        sweep(path)
        for number in old:
            if number in used:
                continue
            name = '.%d.%s.tmp' % (number, nonce())
            os.rename(str(number), name, src_dir_fd=path, dst_dir_fd=path)
            os.fsync(path)
            remove_tree(path, name)
            removed.append(number)
        if removed:
            os.fsync(path)
    finally:
        os.close(path)
    sweep_root(root)
    return {'removed': removed, 'used': sorted(used)}


def sweep_root(root):
    for name in os.listdir(root):
        if name.startswith('.') and name.endswith('.tmp'):
            remove_tree(root, name)


def mounted_generations(directory):
    """Numbers that a process's mount table or a container, running or stopped, refers to."""
    mark = '/%s/generations/' % os.path.basename(directory)
    used = set()
    for pid in os.listdir('/proc') if os.path.isdir('/proc') else []:
        if pid.isdigit():
            used |= numbers_after(mark, read_text('/proc/%s/mountinfo' % pid))
    for container in engine_containers(None):
        for mount in container.get('Mounts') or []:
            used |= numbers_after(mark, '%s/' % mount.get('Source', ''))
    return used


def numbers_after(mark, text):
    found = set()
    start = text.find(mark)
    while start >= 0:
        digits = ''
        start += len(mark)
        while start < len(text) and text[start].isdigit():
            digits += text[start]
            start += 1
        if digits:
            found.add(int(digits))
        start = text.find(mark, start)
    return found


def read_text(path):
    try:
        with open(path, 'r', errors='replace') as source:
            return source.read()
    except OSError:
        return ''


def record(header, blobs):
    """Writes the ledger where there is one to write, and lets go of the lease."""
    root = open_own(header)
    try:
        if header.get('ledger'):
            take_lease(root, header)
            with_ledger(root, lambda ledger: replace_file(ledger, 'ledger.vault', blobs[-1]))
        release_lease(root, header)
        return {}
    finally:
        os.close(root)


def install(header, blobs):
    """One program of ours (bin/lockstep, scripts/…), digest-checked, gzip-packed on the way."""
    import zlib
    root = open_own(header)
    try:
        data = zlib.decompress(blobs[0], 31, MAX_FILE * 4)
        if hashlib.sha256(data).hexdigest() != header['sha256']:
            raise Refusal('TAMPERED', '%s arrived damaged' % header['path'])
        folder, name = header['path'].split('/')
        parent = make_directory(root, folder, 0o755, os.geteuid(), os.getegid())
        try:
            replace_file(parent, name, data, header['mode'])
        finally:
            os.close(parent)
        os.fsync(root)
        return {'installed': True}
    finally:
        os.close(root)


# ---------------------------------------------------------------- containers

def engine_run(arguments, timeout=60, engine=None):
    """docker (or podman) with both pipes read at once. Status, output."""
    import subprocess
    program = engine or find_engine()
    if program is None:
        raise Refusal('UNAVAILABLE', 'no container engine on this host', 'install docker or podman')
    try:
        done = subprocess.run([program] + arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise Refusal('UNAVAILABLE', 'the container engine did not answer within %d s' % timeout)
    return done.returncode, done.stdout.decode('utf-8', 'replace'), done.stderr.decode('utf-8', 'replace')


def find_engine():
    for name in ('docker', 'podman'):
        for folder in os.environ.get('PATH', '').split(':') + ['/usr/bin', '/usr/local/bin', '/bin']:
            path = os.path.join(folder or '.', name)
            if os.path.isabs(path) and os.access(path, os.X_OK):
                return path
    return None


def engine_containers(names):
    """What the engine says of all containers, running or not (or of those named); [] without an engine."""
    if find_engine() is None:
        return []
    status, out, _err = engine_run(['ps', '-aq', '--no-trunc'])
    ids = out.split()
    if status != 0 or not ids:
        return []
    status, out, _err = engine_run(['inspect', '--type', 'container'] + ids)
    try:
        found = json.loads(out)
    except ValueError:
        return []
    return [item for item in found if names is None or item.get('Name', '').lstrip('/') in names]


def container_facts(item, statuses):
    """The part of an inspection that the operators' side needs: allow-listed, so that no environment slips out."""
    state = item.get('State') or {}
    config = item.get('Config') or {}
    labels = config.get('Labels') or {}
    name = item.get('Name', '').lstrip('/')
    facts = {
        'name': name, 'id': item.get('Id'), 'running': bool(state.get('Running')), 'exit': state.get('ExitCode'),
        'startedAt': state.get('StartedAt'), 'restarting': bool(state.get('Restarting')),
        'health': (state.get('Health') or state.get('Healthcheck') or {}).get('Status'),
        'image': config.get('Image'), 'user': config.get('User'),
        'labels': {key: value for key, value in labels.items()
                   if key.startswith('lockstep.') or key in ('com.docker.compose.service', 'com.docker.compose.project')},
        'mounts': [{'source': mount.get('Source'), 'destination': mount.get('Destination'),
                    'writable': bool(mount.get('RW'))} for mount in item.get('Mounts') or []]}
    wanted = statuses.get(name)
    if wanted and facts['running']:
        facts['status'] = fetch(item, wanted)
    return facts


def engine_facts(header):
    program = find_engine()
    if program is None:
        return {'program': None, 'containers': []}
    statuses = header.get('statuses') or {}
    status, out, err = engine_run(['version', '--format', '{{.Server.Version}}'], 15)
    if status != 0 and program.endswith('docker'):
        return {'program': program, 'version': None, 'containers': []}
    return {'program': program, 'version': out.strip(),
            'containers': [container_facts(item, statuses) for item in engine_containers(None)]}


def address_of(item, wanted):
    """Where to reach a container from its host: the published port, else its own address."""
    if wanted.get('address'):
        return wanted['address']
    networks = (item.get('NetworkSettings') or {}).get('Networks') or {}
    for network in networks.values():
        if network.get('IPAddress'):
            return network['IPAddress'], wanted['port']
    return '127.0.0.1', wanted['port']


def fetch(item, wanted, timeout=3):
    """GET one page of a container: {'code': HTTP status, 'body': text} or {'error': what}. At most 256 KiB."""
    import http.client
    host, port = address_of(item, wanted)
    connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
    try:
        connection.request('GET', wanted['path'], headers={'Host': 'localhost', 'Accept': 'application/json'})
        reply = connection.getresponse()
        return {'code': reply.status, 'body': reply.read(1 << 18).decode('utf-8', 'replace')}
    except (OSError, http.client.HTTPException, ValueError) as error:
        return {'error': type(error).__name__}
    finally:
        connection.close()


def replace(header, blobs):
    """Re-creates one container: the old one is stopped and set aside, the new one started and waited for.
    Nothing is thrown away: `settle` does that, once the operators' side has judged the facts."""
    root = open_own(header)
    try:
        check_lease(root, header)
    finally:
        os.close(root)
    name, aside = header['name'], header['name'] + '-before'
    existing = {item['Name'].lstrip('/') for item in engine_containers([name, aside])}
    if name in existing and aside in existing:
        must(['rm', '-f', name])
    elif name in existing:
        must(['rename', name, aside])
        existing.add(aside)
    if aside in existing:
        must(['stop', '-t', str(header.get('stopSeconds', 10)), aside], 90)
    status, _out, err = engine_run(header['argv'], 300)
    if status != 0:
        return {'started': False, 'reason': clean(err), 'set_aside': aside in existing}
    facts = wait_ready(header)
    facts.update(started=True, set_aside=aside in existing)
    return facts


def must(arguments, timeout=60):
    status, _out, err = engine_run(arguments, timeout)
    if status != 0:
        raise Refusal('UNAVAILABLE', 'the container engine refused %s: %s' % (arguments[0], clean(err)))


def clean(text):
    """The last line of an engine's complaint, without control characters."""
    lines = [line for line in text.strip().split('\n') if line.strip()]
    return ''.join(char if char.isprintable() else ' ' for char in (lines[-1] if lines else 'no reason given'))[:300]


def wait_ready(header):
    """Waits until the container is healthy (its own HEALTHCHECK, else the health page, else two seconds alive)."""
    deadline = time.time() + header['healthSeconds']
    alive_since = time.time()
    while True:
        found = engine_containers([header['name']])
        if not found:
            return {'ready': False, 'reason': 'the container is gone', 'container': None}
        ready, reason = judge(found[0], header, alive_since)
        if ready is not None or time.time() > deadline:
            statuses = {header['name']: header['status']} if header.get('status') else {}
            return {'ready': bool(ready), 'reason': reason, 'container': container_facts(found[0], statuses)}
        time.sleep(0.1)


def judge(item, header, alive_since):
    state = item.get('State') or {}
    if not state.get('Running') or state.get('Restarting') or item.get('RestartCount'):
        return False, 'it ended with exit status %s' % state.get('ExitCode')
    health = (state.get('Health') or state.get('Healthcheck') or {}).get('Status')
    if header.get('health'):
        reply = fetch(item, header['health'], 1)
        if reply.get('code') == 200:
            return True, None
        return None, 'its health page answered %s' % (reply.get('code') or reply.get('error'))
    if health in ('healthy', 'unhealthy'):
        return health == 'healthy', 'its health check says %s' % health
    if health is None or health == '':
        return (True, None) if time.time() - alive_since > 2 else (None, 'it is starting')
    return None, 'its health check says %s' % health


def settle(header, blobs):
    """Ends a replacement: `keep: new` removes the one set aside, `keep: old` puts it back and starts it."""
    name, aside = header['name'], header['name'] + '-before'
    existing = {item['Name'].lstrip('/') for item in engine_containers([name, aside])}
    if header['keep'] == 'new':
        if aside in existing:
            must(['rm', '-f', aside])
        return {}
    if name in existing:
        must(['rm', '-f', name])
    if aside in existing:
        must(['rename', aside, name])
        must(['start', name])
    return {'restored': aside in existing}


OPERATIONS = {'inspect': inspect, 'enrol': enrol, 'stage': stage, 'switch': switch, 'prune': prune,
              'record': record, 'install': install, 'replace': replace, 'settle': settle}


def answer(stream):
    header = json.loads(stream.readline(1 << 20).decode('utf-8'))
    if header.get('format') != FORMAT:
        raise Refusal('INTERNAL', 'the two ends speak different formats')
    blobs = []
    for size in header.get('blobs', []):
        data = stream.read(size)
        if len(data) != size:
            raise Refusal('UNAVAILABLE', 'the connection ended in the middle of the bundle')
        blobs.append(data)
    return OPERATIONS[header['op']](header, blobs)


def reason_of(error):
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return 'UNAVAILABLE', 'the disk is full'
    if error.errno == errno.EROFS:
        return 'UNAVAILABLE', 'the disk is read-only'
    if error.errno in (errno.EACCES, errno.EPERM):
        return 'DENIED', 'not permitted on this host (missing become: true?)'
    return 'UNAVAILABLE', 'the host answered %s' % errno.errorcode.get(error.errno, 'an unknown error')


def main():
    os.umask(0o077)
    try:
        reply = {'ok': answer(sys.stdin.buffer)}
    except Refusal as refusal:
        reply = {'refused': refusal.answer}
    except OSError as error:
        code, message = reason_of(error)
        reply = {'refused': {'code': code, 'message': message}}
    except Exception as error:  # pylint: disable=broad-except
        # only the kind of it: an exception's text could carry what it was working on
        reply = {'refused': {'code': 'INTERNAL', 'message': 'receiver failed with %s at line %d'
                                                            % (type(error).__name__, last_line())}}
    sys.stdout.write('LOCKSTEP ' + json.dumps(reply, separators=(',', ':')) + '\n')
    sys.stdout.flush()


def last_line():
    trace = sys.exc_info()[2]
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_lineno


if __name__ == '__main__':
    main()
