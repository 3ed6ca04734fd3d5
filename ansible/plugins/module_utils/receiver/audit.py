# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""For `inspect` with `audit`: what is around our paths. Facts with names and places, never a value; writes nothing."""

from .audit_copies import copies
from .audit_engine import engine_holdings
from .audit_machine import machine_facts
from .audit_paths import learn_passwords, marked_paths, parents
from .audit_places import place_facts
from .audit_processes import process_facts
from .audit_seek import Seeker
from .inspect import EXTRAS
from .walk import MOST

# how long it may take, and how many bytes of each surface are read
SECONDS = 10
BUDGET = 8 * 1024 * 1024


def audit(header, blobs, facts):
    directory = header['directory']
    seeker = Seeker(blobs[0] if blobs else b'', SECONDS, BUDGET)
    learn_passwords(directory, facts['paths'], seeker)
    found = {'parents': parents(directory), 'processes': process_facts(seeker),
             'marked': marked_paths(directory, facts['paths'], seeker), 'machine': machine_facts(seeker),
             'copies': copies(header['audit']['copies'], directory, header['audit']['project'], seeker),
             'engine': engine_holdings(seeker), 'places': place_facts(header['audit']['places'], directory, seeker)}
    if len(facts['paths'] or []) >= MOST:
        seeker.incomplete.add('paths')
    return dict(found, incomplete=sorted(seeker.incomplete))


EXTRAS['audit'] = audit
