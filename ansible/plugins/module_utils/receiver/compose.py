# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Services of a compose file on the host, with an override file of ours."""

import json
import os

from .before import drop_before, keep_before, read_before
from .compose_tool import compose_tool
from .engine import engine_containers
from .entrypoint import become, check_loader, own_command
from .files import make_directory, read_file
from .instances import instances, look_at_containers
from .programs import clean, run_program
from .replace import KINDS
from .start import Refusal
from .writing import forget, replace_file

USUAL = ('compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml')


def put_compose(root, header):
    """Writes the override and has compose re-create the service with it, and nothing else."""
    if not os.path.isfile(header['file']):
        raise Refusal('CONFIG', '%s is not on this host' % header['file'], 'put it there, or correct `compose:`')
    keep_before(root, header, {'text': read_override(root, header), 'running': is_running(header)})
    if header.get('wrap'):
        reason = learn_command(root, header)
        if reason is not None:
            return reason
    write_override(root, header, override_text(header))
    return compose_up(header, ['-d'])


def learn_command(root, header):
    """Only compose knows what a service runs, out of its files and the image: it makes a container of it, not started,
    and that is looked into."""
    write_override(root, header, override_text(header, True))
    reason = compose_up(header, ['--no-start'])
    if reason is not None:
        return reason
    made = instances(header)
    if not made:
        return 'compose made no container of %s' % header['service']
    check_loader(made[0]['Id'])
    config = made[0]['Config']
    header['wrap']['words'] = become(config, header) + ['--'] + own_command(config)
    return None


def is_running(header):
    """Does the service run, with or without our override?"""
    folder = os.path.dirname(header['file'])
    found = engine_containers(['com.docker.compose.service=' + header['service'],
                               'com.docker.compose.project.working_dir=' + folder])
    return any((item.get('State') or {}).get('Running') for item in found)


def override_text(header, learning=False):
    """The override with what only this host knows: the files' version (1.29 wants the same in both), and our
    entrypoint before the service's own command."""
    _program, is_plugin = compose_tool()
    document = json.loads(json.dumps(header['override']))
    service = document['services'][header['service']]
    if not is_plugin:
        for volume in service.get('volumes', []):
            volume.pop('bind', None)
        version = declared_version(header['file'])
        if version is not None:
            document['version'] = version
    if learning:
        for key in ('entrypoint', 'user'):
            service.pop(key, None)
    elif header.get('wrap'):
        words = service['entrypoint'] + header['wrap']['words']
        service['entrypoint'] = [word.replace('$', '$$') for word in words]
        service['command'] = []
    return '# written by lockstep deploy; the next one replaces it\n%s\n' % json.dumps(document, indent=2)


def declared_version(file):
    with open(file, 'r', errors='replace') as source:
        for line in source:
            if line.startswith('version:'):
                return line[len('version:'):].split('#')[0].strip().strip('"\'')
    return None


def put_compose_back(root, header):
    before = read_before(root, header)
    if before is None:
        return False
    write_override(root, header, before['text'])
    arguments = ['up', '-d', '--no-deps', '--force-recreate'] if before['running'] else ['rm', '-s', '-f']
    must_compose(header, arguments, before['text'] is not None)
    drop_before(root, header)
    return True


def with_overrides(root, work):
    folder = make_directory(root, 'compose', 0o755, os.geteuid(), os.getegid())
    try:
        return work(folder)
    finally:
        os.close(folder)


def read_override(root, header):
    data = with_overrides(root, lambda folder: read_file(folder, header['container'] + '.yaml'))
    return None if data is None else data.decode('utf-8')


def write_override(root, header, text):
    """None removes it."""
    name = header['container'] + '.yaml'
    with_overrides(root, lambda folder: forget(folder, name) if text is None
                   else replace_file(folder, name, text.encode('utf-8')))


def compose_up(header, words):
    """None, or why not."""
    status, _out, err = compose_run(header, ['up', '--no-deps', '--force-recreate'] + words + [header['service']], True)
    return None if status == 0 else clean(err)


def must_compose(header, words, overridden):
    status, _out, err = compose_run(header, words + [header['service']], overridden)
    if status != 0:
        raise Refusal('UNAVAILABLE', 'compose refused %s: %s' % (words[0], clean(err)))


def compose_run(header, words, overridden):
    program, _is_plugin = compose_tool()
    file = header['file']
    folder, name = os.path.split(file)
    files = [file]
    if name in USUAL:
        # what compose itself would read beside a file of a usual name
        stem, ending = name.rsplit('.', 1)
        files += [os.path.join(folder, '%s.override.%s' % (stem, ending))]
    files = [path for path in files if os.path.isfile(path)]
    if overridden:
        files.append(os.path.join(header['directory'], 'compose', header['container'] + '.yaml'))
    arguments = [word for path in files for word in ('-f', path)]
    return run_program(program + arguments + words, 300, folder)


KINDS['compose'] = {'put': put_compose, 'look': look_at_containers, 'back': put_compose_back, 'drop': drop_before}
