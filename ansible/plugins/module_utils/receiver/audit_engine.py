# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What a container engine shows of values to all who may ask it, and who may."""

import os
import stat

from .audit_find import rows
from .engine import engine_run, find_engine
from .engine_facts import LOOKED
from .lean import from_json, to_json
from .walk import visible

SOCKETS = ('/run/docker.sock', '/var/run/docker.sock', '/run/podman/podman.sock', '/run/containerd/containerd.sock')
MOST_IMAGES = 100
MOST_HOLDERS = 1000
LONGEST_REPLY = 1 << 22


def engine_holdings(seeker):
    """Containers and images that hold a value in their settings, its sockets, and addresses it listens at."""
    containers = [(item, container_parts(item)) for item in LOOKED['containers']]
    return {'containers': told([(item.get('Name', '').lstrip('/'), parts) for item, parts in containers], seeker),
            'images': told(image_parts(seeker), seeker), 'sockets': socket_facts(), 'listens': listening()}


def told(parts, seeker):
    found = []
    for name, texts in parts:
        held = {part: seeker.in_text(text) for part, text in texts.items() if seeker.may_read('engine', len(text), name)}
        held = {part: values for part, values in held.items() if values}
        if held:
            found.append({'name': name, 'held': held})
    return seeker.most('engine', found, MOST_HOLDERS)


def container_parts(item):
    """Settings by the word under which people know them; `other` is all the rest of an inspection."""
    config = item.get('Config') or {}
    named = {'environment': config.get('Env'), 'labels': list((config.get('Labels') or {}).values()),
             'command': [config.get('Cmd'), config.get('Entrypoint'), item.get('Path'), item.get('Args')]}
    rest = {key: value for key, value in item.items() if key not in ('Config', 'Path', 'Args')}
    rest['Config'] = {key: value for key, value in config.items() if key not in ('Env', 'Labels', 'Cmd', 'Entrypoint')}
    return dict({part: lines(value) for part, value in named.items()}, other=to_json(rest).encode())


def lines(value):
    """Every text in it on a line of its own."""
    if isinstance(value, (list, tuple)):
        return b'\n'.join(lines(each) for each in value)
    return value.encode('utf-8', 'replace') if isinstance(value, str) else b''


def image_parts(seeker):
    """[name, {history, settings}] of every image; by docker's socket, which is quick, else by podman."""
    images = ask('/images/json')
    if isinstance(images, list):
        for image in seeker.most('engine', images, MOST_IMAGES):
            if not seeker.has_time('engine'):
                return
            name = (image.get('RepoTags') or image.get('RepoDigests') or [image.get('Id', '')])[0]
            history, settings = ask('/images/%s/history' % image['Id']), ask('/images/%s/json' % image['Id'])
            if history is None or settings is None:
                seeker.incomplete.add('engine')
            yield name, {'history': to_json(history).encode(), 'settings': settings_of(settings)}
    elif is_socket('/var/run/docker.sock'):
        seeker.incomplete.add('engine')
    elif (find_engine() or '').endswith('podman'):
        for image in podman_images(seeker):
            name = (image.get('RepoTags') or [image.get('Id', '')])[0]
            yield name, {'history': to_json(image.get('History')).encode(), 'settings': settings_of(image)}


def is_socket(path):
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False


def settings_of(image):
    return to_json((image or {}).get('Config')).encode()


def podman_images(seeker):
    status, out, _err = engine_run(['image', 'ls', '-q', '--no-trunc'], 15)
    if status != 0:
        seeker.incomplete.add('engine')
        return []
    names = seeker.most('engine', sorted(set(out.split())), MOST_IMAGES)
    try:
        return from_json(engine_run(['image', 'inspect'] + names, 30)[1]) if names else []
    except ValueError:
        seeker.incomplete.add('engine')
        return []


def ask(path):
    """What docker answers at its socket; None where it does not."""
    import http.client
    import socket
    connection = http.client.HTTPConnection('docker', timeout=5)
    try:
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(5)
        connection.sock.connect('/var/run/docker.sock')
        connection.request('GET', path)
        reply = connection.getresponse()
        return from_json(reply.read(LONGEST_REPLY).decode('utf-8')) if reply.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def socket_facts():
    """Each socket once, with the accounts of its group."""
    found = {}
    for path in SOCKETS:
        if is_socket(path):
            facts = os.stat(path)
            found[os.path.realpath(path)] = {'mode': stat.S_IMODE(facts.st_mode), 'uid': facts.st_uid,
                                             'group': group_name(facts.st_gid), 'members': members(facts.st_gid)}
    return [dict(found[path], path=path) for path in sorted(found)]


def group_name(gid):
    names = [row[0] for row in rows('/etc/group') if len(row) > 2 and row[2] == str(gid)]
    return names[0] if names else str(gid)


def members(gid):
    """Accounts besides root that are in a group, by name or from the start."""
    listed = [row[3].split(',') for row in rows('/etc/group') if len(row) > 3 and row[2] == str(gid)]
    born = [row[0] for row in rows('/etc/passwd') if len(row) > 3 and row[3] == str(gid)]
    return sorted(set([name for names in listed for name in names if name] + born) - {'root'})


def listening():
    """Addresses beside its socket at which docker takes orders: [address, whether it asks for a certificate]."""
    words = daemon_words()
    asks = '--tlsverify' in words or '--tlsverify=true' in words
    named = [second if first in ('-H', '--host') else first.partition('=')[2]
             for first, second in zip(words, words[1:] + ['']) if first in ('-H', '--host') or first.startswith('--host=')]
    try:
        with open('/etc/docker/daemon.json', 'rb') as source:
            settings = from_json(source.read(1 << 20).decode('utf-8'))
        named, asks = named + list(settings.get('hosts') or []), asks or settings.get('tlsverify') is True
    except (OSError, ValueError, AttributeError):
        pass
    return [[visible(str(address)), asks] for address in sorted(set(named)) if str(address).startswith('tcp://')]


def daemon_words():
    for pid in [name for name in os.listdir('/proc') if name.isdigit()]:
        try:
            with open('/proc/%s/cmdline' % pid, 'rb') as source:
                words = [os.fsdecode(word) for word in source.read(1 << 16).split(b'\0')]
        except OSError:
            continue
        if words[0].split('/')[-1] == 'dockerd':
            return words
    return []
