# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The operation `watch`: brings the watch to this host, or takes it away."""

import os
import signal
import sys
import time

from .files import lstat, make_directory
from .identity import open_own
from .lean import from_json, sha256
from .lease import check_lease, holders
from .find import find_program
from .programs import clean, run_program
from .start import DIRECTORY, Refusal
from .watched import CALLS, announce
from .writing import forget, nonce, replace_file, write_file

PLACES = {'systemd': '/etc/systemd/system', 'cron': '/etc/cron.d'}

# seconds in which it starts, or ends
PATIENCE_TO_START = 15


def watch(header, blobs):
    root = open_own(header)
    try:
        check_lease(root, header)
        if header['want'] == 'install':
            return {'running': install_watch(root, header, blobs[0])}
        remove_watch(root, header)
        return {'running': None}
    finally:
        os.close(root)


def install_watch(root, header, agent):
    if sha256(agent).hexdigest() != header['sha256']:
        raise Refusal('TAMPERED', 'the watch arrived damaged')
    folder = make_directory(root, 'watch', 0o700, os.geteuid(), os.getegid())
    try:
        try_agent(folder, header, agent)
        replace_file(folder, 'agent.py', agent, 0o700)
    finally:
        os.close(folder)
    os.fsync(root)
    foretell_end(header)
    remove_starters(header, [kind for kind in PLACES if kind != header['starter']])
    if header['starter'] == 'systemd':
        run_program(['systemctl', 'stop', starter_name(header, 'systemd')])
    end_watch(header)
    write_starter(header)
    start_watch(header)
    return await_watch(header)


def try_agent(folder, header, agent):
    """Before anything is changed: does this host have a way of watching at all?"""
    name = '.agent.py.%s.tmp' % nonce()
    write_file(folder, name, agent, 0o700, os.geteuid(), os.getegid())
    try:
        path = os.path.join(header['directory'], 'watch', name)
        status, out, err = run_program([sys.executable, '-I', '-S', path, '--try'], 30)
        answer = from_json(out) if status == 0 else {'unable': clean(err)}
    except ValueError:
        answer = {'unable': 'it does not run with this Python'}
    finally:
        forget(folder, name)
    if 'unable' in answer:
        raise Refusal('UNAVAILABLE', 'nothing to watch with: %s' % answer['unable'],
                      'a newer kernel (5.9) has fanotify; else install auditd')


def write_starter(header):
    folder = os.open(PLACES[header['starter']], DIRECTORY)
    name = starter_name(header, header['starter'])
    try:
        forget_half(folder, name)
        replace_file(folder, name, header['text'].encode('utf-8'), 0o644)
    finally:
        os.close(folder)


def forget_half(folder, name):
    """What a killed run left beside it. Returns whether there was something."""
    left = [one for one in os.listdir(folder) if one.startswith('.%s.' % name) and one.endswith('.tmp')]
    for one in left:
        forget(folder, one)
    return bool(left)


def starter_name(header, kind):
    return header['name'] + ('.service' if kind == 'systemd' else '')


def start_watch(header):
    if header['starter'] == 'systemd':
        systemd(['daemon-reload'])
        systemd(['enable', starter_name(header, 'systemd')])
        systemd(['restart', starter_name(header, 'systemd')])
        return
    import subprocess
    agent = os.path.join(header['directory'], 'watch', 'agent.py')
    with open(os.devnull, 'r+b') as nothing:
        subprocess.Popen([sys.executable, '-I', '-S', agent], stdin=nothing, stdout=nothing, stderr=nothing, cwd='/',
                         start_new_session=True, env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'})


def systemd(words):
    status, _out, err = run_program(['systemctl'] + words)
    if status != 0:
        raise Refusal('UNAVAILABLE', 'systemd refused %s: %s' % (words[0], clean(err)))


def await_watch(header):
    until = time.time() + PATIENCE_TO_START
    while time.time() < until:
        status = announce(header['directory'])
        if status is not None and status.get('sha256') == header['sha256']:
            return status
        time.sleep(0.05)
    raise Refusal('UNAVAILABLE', 'the watch was brought and does not start', 'see why: %s -I -S %s/watch/agent.py'
                  % (sys.executable, header['directory']))


def foretell_end(header):
    """Whatever ends it while this program runs is our doing: its last event says so."""
    if announce(header['directory']) is None:
        return
    try:
        CALLS[-1].sendall(b'end\n')
    except OSError:
        # it has just ended by itself
        return


def end_watch(header):
    """Until none answers and nobody holds its lock; one that does not listen is ended all the same."""
    begun = time.time()
    while True:
        pids = running_watches(header)
        if not pids:
            return
        waited = time.time() - begun
        if waited > PATIENCE_TO_START:
            raise Refusal('UNAVAILABLE', 'the watch that runs does not end', 'end process %d there' % pids[0])
        for pid in pids:
            try:
                os.kill(pid, signal.SIGTERM if waited < PATIENCE_TO_START / 3 else signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def running_watches(header):
    status = announce(header['directory'])
    pids = [] if status is None else [int(status['pid'])]
    try:
        lock = os.open(os.path.join(header['directory'], 'watch', 'lock'), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return pids
    try:
        return pids + [int(pid) for pid in holders(lock)]
    finally:
        os.close(lock)


def remove_watch(root, header):
    foretell_end(header)
    remove_starters(header, PLACES)
    end_watch(header)
    if find_program('auditctl'):
        for way in ('read', 'write', 'attributes'):
            key = 'lockstep-watch%s-%s' % (header['directory'].replace('/', '-'), way)
            run_program(['auditctl', '-D', '-k', key])
    if not os.path.isdir(os.path.join(header['directory'], 'watch')):
        return
    folder = os.open('watch', DIRECTORY, dir_fd=root)
    try:
        for name in os.listdir(folder):
            if header['forget'] or not name.startswith('events.jsonl'):
                forget(folder, name)
        left = os.listdir(folder)
    finally:
        os.close(folder)
    if not left:
        os.rmdir('watch', dir_fd=root)
    os.fsync(root)


def remove_starters(header, kinds):
    for kind in kinds:
        name = starter_name(header, kind)
        if not os.path.isdir(PLACES[kind]):
            continue
        folder = os.open(PLACES[kind], DIRECTORY)
        try:
            is_there = lstat(folder, name) is not None
            if not forget_half(folder, name) and not is_there:
                continue
            if is_there and kind == 'systemd':
                run_program(['systemctl', 'disable', '--now', name])
            forget(folder, name)
            os.fsync(folder)
        finally:
            os.close(folder)
        if kind == 'systemd' and find_program('systemctl'):
            run_program(['systemctl', 'daemon-reload'])
