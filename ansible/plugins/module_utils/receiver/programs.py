# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Running programs of the host."""

import os

from .start import Refusal

# how programs say where to read more, below what was wrong
ADVICE = ('Run ', 'See ', 'Usage:', 'For more help', 'ERROR: Encountered errors while bringing up')


def run_program(command, timeout=60, folder=None):
    """Both pipes read at once, nothing on standard input. Status, output, complaint."""
    import subprocess
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=timeout, cwd=folder)
    except subprocess.TimeoutExpired:
        raise Refusal('UNAVAILABLE', '%s did not answer within %d s' % (os.path.basename(command[0]), timeout))
    return done.returncode, done.stdout.decode('utf-8', 'replace'), done.stderr.decode('utf-8', 'replace')


def clean(text):
    """What a program complains of: one line without control characters, of at most 300. Its engine's own word, else the
    last line that is no advice; of a long one its end too, which is where engines say why."""
    lines = [line.strip() for line in text.split('\n') if line.strip()]
    causes = [line for line in lines if 'Error response from daemon: ' in line or line.startswith('ERROR: for ')]
    others = [line for line in lines if not line.startswith(ADVICE)]
    line = (causes or others or lines or ['no reason given'])[-1].split('Error response from daemon: ')[-1]
    line = ''.join(char if char.isprintable() else ' ' for char in line)
    return line if len(line) <= 300 else '%s ... %s' % (line[:100], line[-195:])
