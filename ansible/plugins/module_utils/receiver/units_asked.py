# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""For `inspect` with `units`: those that the operators' side asks about, by container."""

from .inspect import EXTRAS
from .units import unit_facts


def units_asked(header):
    return {container: unit_facts(header, wanted) for container, wanted in header['units'].items()}


EXTRAS['units'] = units_asked
