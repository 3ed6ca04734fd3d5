# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Containers that we run from an image."""

from .containers import is_own
from .engine import engine_inspect, engine_run, must
from .entrypoint import become, check_image, own_command
from .failed import FAILED, keep_failed
from .instances import look_at_containers
from .lean import from_json
from .programs import clean
from .replace import KINDS
from .start import Refusal

# what stands behind the name of the new container, and of the one set aside
NEW, OLD = '', '-before'


def prepare_image(header):
    """All that can be in the way of starting it that can be known beforehand; touches no container."""
    with_command(header, image_config(header['image']))


def put_image(root, header):
    """The old container is stopped and set aside, the new one started."""
    arguments = with_command(header, image_config(header['image']))
    own, foreign = by_name(header)
    if foreign:
        return 'there is a container %s that lockstep did not start' % foreign[0]
    if NEW in own and OLD in own:
        must(['rm', '-f', own[NEW]['Id']])
    elif NEW in own:
        must(['rename', own[NEW]['Id'], header['name'] + OLD])
        own[OLD] = own[NEW]
    if OLD in own:
        must(['stop', '-t', '10', own[OLD]['Id']], 90)
    status, _out, err = engine_run(arguments, 300)
    return None if status == 0 else clean(err)


def by_name(header):
    """Our containers by what their names add to ours, and names of somebody else's, which are left alone; under the one
    of what failed that is in nobody's way."""
    names = {header['name'] + end: end for end in (NEW, OLD, FAILED)}
    found = [(item['Name'].lstrip('/'), item) for item in engine_inspect(sorted(names))]
    own = {names[name]: item for name, item in found if name in names and is_own(item, header)}
    return own, [name for name, item in found if names.get(name) in (NEW, OLD) and not is_own(item, header)]


def image_config(image):
    """How an image is started; fetched first where it is not here, so that nothing has to wait for it later."""
    status, out, _err = engine_run(['image', 'inspect', image])
    if status != 0:
        status, _out, err = engine_run(['pull', image], 600)
        if status != 0:
            raise Refusal('UNAVAILABLE', 'its image cannot be had: %s' % clean(err))
        status, out, _err = engine_run(['image', 'inspect', image])
    return from_json(out)[0].get('Config') or {}


def with_command(header, config):
    """Where our entrypoint stands before it, the image's own has to be spelt out."""
    if not header.get('wrap'):
        return header['argv']
    check_image(header['image'])
    return header['argv'] + become(config, header) + ['--'] + own_command(config, header['wrap'].get('command'))


def put_image_back(root, header):
    """Takes back what this delivery started, or a killed one did: never a container it has not come to yet. `failed`
    says that it is the one that failed, and not one that goes back with it."""
    own, _foreign = by_name(header)
    labels = own[NEW]['Config']['Labels'] if NEW in own else {}
    if NEW in own and (OLD in own or labels.get('lockstep.revision') == str(header['revision'])):
        header['kept'] = take_back(own, header)
    if OLD in own:
        must(['rename', own[OLD]['Id'], header['name']])
        must(['start', own[OLD]['Id']])
    return OLD in own


def take_back(own, header):
    if header.get('failed'):
        return keep_failed(own[NEW], header['name'] + FAILED, own.get(FAILED))
    must(['rm', '-f', own[NEW]['Id']])
    return False


def drop_image(root, header):
    own, _foreign = by_name(header)
    if OLD in own:
        must(['rm', '-f', own[OLD]['Id']])
    return False


KINDS['image'] = {'prepare': prepare_image, 'put': put_image, 'look': look_at_containers, 'back': put_image_back,
                  'drop': drop_image}
