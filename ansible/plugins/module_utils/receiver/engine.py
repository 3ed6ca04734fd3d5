# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Asking docker or podman."""

from .find import ENGINES, find_program
from .lean import from_json
from .programs import clean, run_program
from .start import Refusal


def engine_run(arguments, timeout=60):
    """docker (or podman): status, output, complaint."""
    program = find_engine()
    if program is None:
        raise Refusal('UNAVAILABLE', 'no container engine on this host', 'install docker or podman')
    return run_program([program] + arguments, timeout)


def find_engine():
    return next((path for path in map(find_program, ENGINES) if path), None)


def engine_containers(labels=()):
    """What the engine says of all containers, running or not, that carry these labels; [] without an engine."""
    if find_engine() is None:
        return []
    filters = [word for label in labels for word in ('--filter', 'label=' + label)]
    status, out, _err = engine_run(['ps', '-aq', '--no-trunc'] + filters)
    return engine_inspect(out.split()) if status == 0 else []


def engine_inspect(names):
    """The containers of these names or ids that there are."""
    if not names:
        return []
    _status, out, _err = engine_run(['inspect', '--type', 'container'] + names)
    try:
        return from_json(out)
    except ValueError:
        return []


def must(arguments, timeout=60):
    status, _out, err = engine_run(arguments, timeout)
    if status != 0:
        raise Refusal('UNAVAILABLE', 'the container engine refused %s: %s' % (arguments[0], clean(err)))
