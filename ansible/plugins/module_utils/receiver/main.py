# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The end of what runs on a host: reads the frame, runs one operation, answers."""

import errno
import os
import sys

from .lean import from_json, to_json
from .start import Refusal
from .watched import announce

FORMAT = 1
OPERATIONS = ('inspect', 'enrol', 'stage', 'switch', 'prune', 'record', 'install', 'replace', 'settle', 'mend',
              'events', 'watch', 'output', 'keep_backup', 'list_backups', 'give_backups', 'drop_backups')


def answer(stream):
    header = from_json(stream.readline(1 << 20).decode('utf-8'))
    if header.get('format') != FORMAT:
        raise Refusal('INTERNAL', 'the two ends speak different formats')
    blobs = []
    for size in header.get('blobs', []):
        data = stream.read(size)
        if len(data) != size:
            raise Refusal('UNAVAILABLE', 'the connection ended in the middle of the bundle')
        blobs.append(data)
    if header['op'] not in OPERATIONS:
        raise Refusal('INTERNAL', 'the two ends speak different versions')
    announce(header['directory'])
    return globals()[header['op']](header, blobs)


def reason_of(error):
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return 'UNAVAILABLE', 'the disk is full'
    if error.errno == errno.EROFS:
        return 'UNAVAILABLE', 'the disk is read-only'
    if error.errno == errno.EIO:
        return 'UNAVAILABLE', 'the disk fails (EIO)'
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
    sys.stdout.write('LOCKSTEP ' + to_json(reply) + '\n')
    sys.stdout.flush()


def last_line():
    trace = sys.exc_info()[2]
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_lineno


if __name__ == '__main__':
    main()
