# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Running programs of the host."""

import os

from .start import Refusal


def run_program(command, timeout=60, folder=None):
    """Both pipes read at once, nothing on standard input. Status, output, complaint."""
    import subprocess
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=timeout, cwd=folder)
    except subprocess.TimeoutExpired:
        raise Refusal('UNAVAILABLE', '%s did not answer within %d s' % (os.path.basename(command[0]), timeout))
    return done.returncode, done.stdout.decode('utf-8', 'replace'), done.stderr.decode('utf-8', 'replace')


def find_program(name):
    for folder in os.environ.get('PATH', '').split(':') + ['/usr/bin', '/usr/local/bin', '/bin']:
        path = os.path.join(folder or '.', name)
        if os.path.isabs(path) and os.access(path, os.X_OK):
            return path
    return None


def clean(text):
    """The last line of a program's complaint, without control characters."""
    lines = [line for line in text.strip().split('\n') if line.strip()]
    return ''.join(char if char.isprintable() else ' ' for char in (lines[-1] if lines else 'no reason given'))[:300]
