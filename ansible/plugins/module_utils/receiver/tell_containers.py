# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Telling the program in a container that there is something new in its live directory."""

from .containers import container_facts
from .engine import engine_run
from .instances import instances, look_at_containers
from .programs import clean
from .replace import KINDS


def tell_containers(root, header):
    """None, or why not. Without a word to say, nothing is done."""
    for item in instances(header) if header.get('tell') else []:
        tell = header['tell']
        words = ['kill', '--signal=' + tell['signal'], item['Id']] if 'signal' in tell else \
            ['exec', item['Id']] + tell['command']
        status, _out, err = engine_run(words, 60)
        if status != 0:
            return 'it could not be told (%s ended with %d): %s' % (words[0], status, clean(err))
    return None


def look_after_telling(header, waited):
    if header.get('tell'):
        return look_at_containers(header, waited)
    return True, None, {'containers': [container_facts(item, header) for item in instances(header)]}


KINDS['tell'] = {'put': tell_containers, 'look': look_after_telling,
                 'back': lambda root, header: tell_containers(root, header) is None, 'drop': lambda root, header: False}
