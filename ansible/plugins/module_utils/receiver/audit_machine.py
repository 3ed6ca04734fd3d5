# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What holds for the whole host: who becomes root, the keys of its sshd, where memory may be written to."""

import glob
import os
import re
import struct

from .audit_find import rows
from .find import find_program
from .programs import run_program
from .start import Refusal
from .walk import visible

MOST_NAMED = 200
SSHD = ('permitrootlogin', 'passwordauthentication', 'kbdinteractiveauthentication', 'permitemptypasswords')
NO_PASSWORD = re.compile(r'^\s*([^#\s=]+)\s+\S+?\s*=\s*(?:\([^)]*\))?\s*(?:\w+:\s*)*NOPASSWD:\s*(?:\w+:\s*)*ALL\s*$', re.M)


def machine_facts(seeker):
    supers = sorted(row[0] for row in rows('/etc/passwd') if len(row) > 2 and row[2] == '0' and row[0] != 'root')
    supers, keys, sudo = (seeker.most('machine', found, MOST_NAMED) for found in (supers, root_keys(), sudo_all()))
    return {'superusers': supers, 'rootKeys': keys, 'rootPassword': root_has_password(), 'sshd': sshd_settings(),
            'sudo': sudo, 'hostKeys': host_keys(), 'swap': swap_areas(),
            'corePattern': first_line('/proc/sys/kernel/core_pattern')}


def text_of(path, limit=1 << 18):
    try:
        with open(path, 'rb') as source:
            return source.read(limit).decode('utf-8', 'replace')
    except OSError:
        return ''


def first_line(path):
    return text_of(path).split('\n')[0]


def root_keys():
    """The kind of each key that logs in as root, and the words beside it."""
    homes = [row[5] for row in rows('/etc/passwd') if len(row) > 5 and row[0] == 'root'] or ['/root']
    found = []
    for path in [os.path.join(homes[0], '.ssh', name) for name in ('authorized_keys', 'authorized_keys2')]:
        for line in text_of(path).split('\n'):
            words = line.split()
            kinds = [index for index, word in enumerate(words) if word.startswith(('ssh-', 'ecdsa-', 'sk-'))]
            if kinds and not line.lstrip().startswith('#'):
                found.append([words[kinds[0]], ' '.join(words[kinds[0] + 2:])[:200]])
    return found


def root_has_password():
    """None where it cannot be known."""
    fields = [row[1] for row in rows('/etc/shadow') if len(row) > 1 and row[0] == 'root']
    return not fields[0].startswith(('!', '*')) if fields else None


def sshd_settings():
    """As it answers itself for root; None where it does not."""
    program = find_program('sshd') or ('/usr/sbin/sshd' if os.access('/usr/sbin/sshd', os.X_OK) else None)
    if program is None:
        return None
    try:
        status, out, _err = run_program([program, '-T', '-C', 'user=root,host=localhost,addr=127.0.0.1'], 5)
    except (Refusal, OSError):
        return None
    pairs = [line.split(' ', 1) for line in out.lower().split('\n') if ' ' in line]
    return {name: value for name, value in pairs if name in SSHD} if status == 0 else None


def sudo_all():
    """Who becomes root by sudo without a password, as the rules name them."""
    paths = ['/etc/sudoers'] + sorted(path for path in glob.glob('/etc/sudoers.d/*') if '.' not in os.path.basename(path))
    return sorted({name for path in paths for name in NO_PASSWORD.findall(text_of(path))})


def host_keys():
    """[path, kind, bits (None where the kind says it), when it was made or put there]."""
    found = []
    for path in sorted(glob.glob('/etc/ssh/ssh_host_*_key.pub')):
        words = text_of(path, 1 << 14).split()
        if len(words) > 1:
            try:
                when = int(os.stat(path[:-4]).st_mtime)
            except OSError:
                continue
            found.append([visible(path[:-4]), words[0], rsa_bits(words[1]) if words[0] == 'ssh-rsa' else None, when])
    return found


def rsa_bits(text):
    import binascii
    try:
        data = binascii.a2b_base64(text)
        numbers = []
        while data:
            size = struct.unpack('>I', data[:4])[0]
            numbers, data = numbers + [data[4:4 + size]], data[4 + size:]
        return int.from_bytes(numbers[2], 'big').bit_length()
    except (ValueError, IndexError, struct.error):
        return None


def swap_areas():
    """[name, whether what is written there is encrypted or stays in memory]."""
    found = []
    for line in text_of('/proc/swaps').split('\n')[1:]:
        if line.split():
            name = line.split()[0]
            block = os.path.basename(os.path.realpath(name))
            crypt = first_line('/sys/block/%s/dm/uuid' % block).startswith('CRYPT-')
            found.append([name, crypt or block.startswith('zram')])
    return found
