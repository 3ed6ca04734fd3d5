# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Containers that we run from an image."""

import json

from .engine import engine_inspect, engine_names, engine_run, must
from .entrypoint import become, check_image, own_command
from .instances import look_at_containers
from .programs import clean
from .replace import KINDS
from .start import Refusal


def put_image(root, header):
    """The old container is stopped and set aside, the new one started."""
    arguments = with_command(header, image_config(header['image']))
    name, aside = header['name'], header['name'] + '-before'
    existing = engine_names([name, aside])
    if name in existing and aside in existing:
        must(['rm', '-f', name])
    elif name in existing:
        must(['rename', name, aside])
        existing.add(aside)
    if aside in existing:
        must(['stop', '-t', '10', aside], 90)
    status, _out, err = engine_run(arguments, 300)
    return None if status == 0 else clean(err)


def image_config(image):
    """How an image is started; fetched first where it is not here, so that nothing has to wait for it later."""
    status, out, _err = engine_run(['image', 'inspect', image])
    if status != 0:
        status, _out, err = engine_run(['pull', image], 600)
        if status != 0:
            raise Refusal('UNAVAILABLE', 'cannot get the image %s: %s' % (image, clean(err)))
        status, out, _err = engine_run(['image', 'inspect', image])
    return json.loads(out)[0].get('Config') or {}


def with_command(header, config):
    """Where our entrypoint stands before it, the image's own has to be spelt out."""
    if not header.get('wrap'):
        return header['argv']
    check_image(header['image'], header['name'])
    return header['argv'] + become(config, header) + ['--'] + own_command(config, header['wrap'].get('command'))


def put_image_back(root, header):
    """Removes what this delivery started, or a killed one did: never a container it has not come to yet."""
    name, aside = header['name'], header['name'] + '-before'
    existing = {item['Name'].lstrip('/'): item['Config'].get('Labels') or {} for item in engine_inspect([name, aside])}
    mine = existing.get(name, {}).get('lockstep.revision') == str(header['revision'])
    if name in existing and (mine or aside in existing):
        must(['rm', '-f', name])
    if aside in existing:
        must(['rename', aside, name])
        must(['start', name])
    return aside in existing


def drop_image(root, header):
    aside = header['name'] + '-before'
    if aside in engine_names([aside]):
        must(['rm', '-f', aside])
    return False


KINDS['image'] = {'put': put_image, 'look': look_at_containers, 'back': put_image_back, 'drop': drop_image}
