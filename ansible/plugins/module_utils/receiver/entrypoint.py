# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Our executable before a container's own command."""

from .engine import engine_containers, engine_run
from .start import Refusal

LOADER = '/lib64/ld-linux-x86-64.so.2'

PROBE = 'lockstep.probe=image'

# how the engines say that there is no such file
MISSING = ('no such container:path', 'could not find the file', 'could not be found')


def own_command(config, command=None):
    """What a container runs without us: its entrypoint, and the command given or its own."""
    return (config.get('Entrypoint') or []) + (command or config.get('Cmd') or [])


def become(config, header):
    """Words for our entrypoint: whom to become where it starts as root to read its scope."""
    user = config.get('User') or ''
    if header['wrap'].get('asRoot') and user not in ('', '0', 'root', '0:0', 'root:root'):
        return ['--user', user]
    return []


def check_loader(container):
    """The executable is linked with the C library of GNU: where an image has another one, or none, say what to do."""
    status, _out, err = engine_run(['cp', '%s:%s' % (container, LOADER), '-'])
    if status != 0 and any(words in err.lower() for words in MISSING):
        raise Refusal('CONFIG', 'its image cannot run the lockstep executable: it has no %s' % LOADER,
                      'choose an image with glibc (debian, ubuntu, distroless/cc), or let the program read its mounted '
                      'secrets itself: receive: mount')


def check_image(image):
    """A container is made of the image and looked into; nothing is started."""
    # what a killed delivery left
    for item in engine_containers([PROBE]):
        engine_run(['rm', item['Id']])
    status, out, _err = engine_run(['create', '--label', PROBE, '--entrypoint', '/lockstep', image])
    if status != 0:
        return
    try:
        check_loader(out.strip())
    finally:
        engine_run(['rm', out.strip()])
