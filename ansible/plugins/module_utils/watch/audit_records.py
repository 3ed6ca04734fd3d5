# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What auditd writes: several lines for one deed, with one number."""

import re

RECORD = re.compile(r'^type=([A-Z_]+) msg=audit\((\d+\.\d+):(\d+)\): ?(.*)$')
FIELD = re.compile(r'([\w-]+)=("[^"]*"|[^ ]*)')

# texts that are written in hex digits where they hold more than plain letters
TEXTS = ('name', 'cwd', 'comm', 'exe', 'key')


def record_of(line):
    """(type, number, fields) or None; of the fields, `when` is in seconds since 1970. What auditd adds for people, behind a
    separator, is left out."""
    found = RECORD.match(line.split('\x1d')[0])
    if found is None:
        return None
    kind, when, serial, rest = found.groups()
    fields = {}
    for name, value in FIELD.findall(rest):
        if name in TEXTS and not value.startswith('"'):
            value = unhex(value)
        fields[name] = value.strip('"') if value is not None else None
    return kind, when + ':' + serial, dict(fields, when=when)


def unhex(text):
    if text in ('(null)', '?'):
        return None
    try:
        return bytes.fromhex(text).decode('utf-8', 'backslashreplace')
    except ValueError:
        return text


class Groups(object):
    """Gathers the lines of each deed."""

    def __init__(self):
        self.open = {}

    def add(self, line):
        """The lines of a deed that is complete with this one: {type: [fields]}; None otherwise."""
        record = record_of(line)
        if record is None:
            return None
        kind, serial, fields = record
        group = self.open.setdefault(serial, {})
        group.setdefault(kind, []).append(fields)
        if kind in ('PROCTITLE', 'EOE'):
            return self.open.pop(serial)
        # a deed without its last line is not waited for
        if len(self.open) > 100:
            return self.open.pop(next(iter(self.open)))
        return None
