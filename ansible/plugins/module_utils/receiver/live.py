# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""The live directory of a container that takes new values without being re-created: live/<container>/ holds copies of
its scope, and only of its own; a bind mount of it follows `current`, a link inside. live/<container>.json says which
generation that is, and which it was before a change that is not settled yet."""

import os

from .files import lstat, make_directory, read_file
from .lean import canonical_json
from .live_state import linked_number, live_state, read_state
from .replace import KINDS
from .start import DIRECTORY, Refusal
from .writing import nonce, remove_tree, replace_file, write_file


def with_live(root, work):
    folder = make_directory(root, 'live', 0o700, os.geteuid(), os.getegid())
    try:
        return work(folder)
    finally:
        os.close(folder)


def refresh(root, header):
    """Brings the generation's scope and points `current` at it. Done twice, the second time changes nothing."""
    def bring(live):
        container, wanted = header['container'], header['live']
        state = read_state(live, container)
        before = state if state is None or state['settled'] else state['before']
        owner = wanted.get('uid', os.geteuid()), wanted.get('uid', os.getegid())
        place = make_directory(live, container, 0o700, *owner)
        try:
            number = wanted['generation']['number']
            if lstat(place, str(number)) is None:
                copy_scope(root, place, number, container, owner)
            write_state(live, container, {
                'number': number, 'id': wanted['generation']['id'], 'content': wanted['content'],
                'digest': wanted['digest'], 'told': False, 'settled': False, 'before': before})
            point_at(place, number)
        finally:
            os.close(place)
    with_live(root, bring)


def write_state(live, container, state):
    replace_file(live, container + '.json', canonical_json(state))


def copy_scope(root, place, number, container, owner):
    """A whole copy beside the others, renamed into place."""
    source = open_below(root, ['generations', str(number), 'containers', container])
    name = '.%d.%s.tmp' % (number, nonce())
    try:
        copy = make_directory(place, name, 0o700, *owner)
        try:
            copy_files(source, copy, ['vault-password'], owner)
            secrets, copied = os.open('secrets', DIRECTORY, dir_fd=source), make_directory(copy, 'secrets', 0o700, *owner)
            copy_files(secrets, copied, sorted(os.listdir(secrets)), owner)
            for handle in (secrets, copied):
                os.fsync(handle)
                os.close(handle)
            os.fsync(copy)
        finally:
            os.close(copy)
        os.rename(name, str(number), src_dir_fd=place, dst_dir_fd=place)
        os.fsync(place)
    finally:
        os.close(source)


def copy_files(source, target, names, owner):
    for name in names:
        data = read_file(source, name)
        if data is not None:
            write_file(target, name, data, 0o600, *owner)


def open_below(root, names):
    handle = os.dup(root)
    for name in names:
        above = handle
        try:
            handle = os.open(name, DIRECTORY, dir_fd=above)
        except FileNotFoundError:
            raise Refusal('CONFLICT', '%s is not on this host' % '/'.join(names))
        finally:
            os.close(above)
    return handle


def point_at(place, number):
    if linked_number(place) == number:
        return
    temporary = '.current.%s.tmp' % nonce()
    os.symlink(str(number), temporary, dir_fd=place)
    os.rename(temporary, 'current', src_dir_fd=place, dst_dir_fd=place)
    os.fsync(place)


def change_state(root, header, change):
    """`change` gives the state to be in force; the rest of what is there may go once that is settled."""
    def work(live):
        container = header['container']
        state = read_state(live, container)
        state = None if state is None else change(state)
        if state is None:
            return
        write_state(live, container, state)
        place = os.open(container, DIRECTORY, dir_fd=live)
        try:
            point_at(place, state['number'])
            for name in os.listdir(place) if state['settled'] else []:
                if name not in ('current', str(state['number'])):
                    remove_tree(place, name)
        finally:
            os.close(place)
    with_live(root, work)


def told(state):
    return dict(state, told=True)


def settled(state):
    return dict(state, settled=True, before=None)


def reverted(state):
    """Null where there was nothing before."""
    before = state['before']
    return None if before is None else dict(before, told=False, settled=False, before=before['before'])


def is_first(root, header):
    state = with_live(root, lambda live: read_state(live, header['container']))
    return state is None or state['before'] is None


def with_live_directory(kind):
    """A kind of consumer whose program follows its live directory."""
    def put(root, header):
        refresh(root, header)
        reason = kind['put'](root, header)
        if reason is None:
            change_state(root, header, told)
        return reason

    def back(root, header):
        if not is_first(root, header):
            change_state(root, header, reverted)
        restored = kind['back'](root, header)
        change_state(root, header, lambda state: settled(told(state)))
        return restored

    def drop(root, header):
        change_state(root, header, settled)
        return kind['drop'](root, header)

    def look(header, waited):
        ready, reason, facts = kind['look'](header, waited)
        return ready, reason, dict(facts, live=live_state(header['directory'], header['container'], lambda *_: []))

    return dict(kind, put=put, look=look, back=back, drop=drop)


for one in list(KINDS):
    KINDS[one] = with_live_directory(KINDS[one])
