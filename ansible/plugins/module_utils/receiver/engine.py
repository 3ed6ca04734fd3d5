# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Asking docker or podman."""

import json
import os

from .start import Refusal


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


def must(arguments, timeout=60):
    status, _out, err = engine_run(arguments, timeout)
    if status != 0:
        raise Refusal('UNAVAILABLE', 'the container engine refused %s: %s' % (arguments[0], clean(err)))


def clean(text):
    """The last line of an engine's complaint, without control characters."""
    lines = [line for line in text.strip().split('\n') if line.strip()]
    return ''.join(char if char.isprintable() else ' ' for char in (lines[-1] if lines else 'no reason given'))[:300]
