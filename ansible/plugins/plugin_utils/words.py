# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""One line out of what Ansible, ssh or a host says at length."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

# ssh says why before its last line, which is the same for a key that is new and for one that has changed
TELLING = re.compile(r'host key is known for|identification has changed', re.IGNORECASE)


def telling_line(text):
    """The line that says why, else the last one; empty for nothing."""
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    telling = [line for line in lines if TELLING.search(line)]
    return (telling or lines[-1:] or [''])[0][:300]
