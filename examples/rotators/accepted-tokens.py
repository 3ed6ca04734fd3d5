#!/usr/bin/env python3
"""A rotator of your own: `rotate: { with: command, run: [./rotators/accepted-tokens.py, FILE] }`.

It is for a service that reads the SHA-256 of each token it accepts from FILE, one in a line. The request is one JSON
object on standard input, the answer one on standard output. Every step looks first, so it can be repeated."""
import hashlib, json, os, secrets, sys

place = sys.argv[1]
asked = json.load(sys.stdin)
[name] = asked['credential']['names']


def digest(values):
    return hashlib.sha256(values[name].encode()).hexdigest() if name in values else None


def accepted():
    with open(place, encoding='ascii') as file:
        return file.read().split()


def accept(digests):
    if digests == accepted():
        return
    beside = f'{place}.{os.getpid()}'
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w', encoding='ascii') as file:
        file.write(''.join(f'{one}\n' for one in digests))
        file.flush()
        os.fsync(file.fileno())
    os.rename(beside, place)


def without(gone):
    return [one for one in accepted() if one != gone]


def look():
    return {'note': f'{len(accepted())} accepted'}


def propose():
    # recorded by lockstep before anything is changed: a run that was killed goes on with the same token
    return {'values': {name: secrets.token_urlsafe(32)}}


def install():
    new = digest(asked['pending'])
    stay = without(digest(asked['former'])) if asked['emergency'] else without(new)
    accept([*(one for one in stay if one != new), new])
    return {}


def verify():
    # a real service would be logged in to here
    if digest(asked['pending']) not in accepted():
        return {'error': {'code': 'DENIED', 'message': 'the new token is not accepted'}}
    return {}


def retire():
    accept(without(digest(asked['former'])))
    return {}


def withdraw():
    # in an emergency the old one was ended first; to go back is to accept it again
    old, new = digest(asked['former']), digest(asked['pending'])
    stay = [one for one in accepted() if one not in (old, new)]
    accept([*stay, *([old] if old else [])])
    return {}


steps = {one.__name__: one for one in (look, propose, install, verify, retire, withdraw)}
try:
    answer = steps[asked['step']]()
except OSError as error:
    answer = {'error': {'code': 'CONFIG', 'message': f'{os.strerror(error.errno)}: the file of tokens'}}
print(json.dumps({'step': asked['step'], **answer}))
