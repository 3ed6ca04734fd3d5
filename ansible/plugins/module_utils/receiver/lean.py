# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""JSON and SHA-256 from the compiled parts of Python. The modules that usually stand before these load `re` and OpenSSL,
which takes longer than all else a host does for a delivery. A Python without such parts uses its modules."""


class Grammar(object):
    """What the scanner asks: nothing is made of what was read, and NaN is no JSON."""

    strict, object_hook, object_pairs_hook, array_hook = True, None, None, None
    parse_float, parse_int = float, int

    @staticmethod
    def parse_constant(name):
        raise ValueError('%s is no JSON' % name)


try:
    from _json import encode_basestring, encode_basestring_ascii, make_scanner
    SCAN = make_scanner(Grammar())
except (ImportError, AttributeError):
    from json.encoder import encode_basestring, encode_basestring_ascii
    SCAN = None

try:
    from _sha2 import sha256
except ImportError:
    try:
        from _sha256 import sha256
    except ImportError:
        from hashlib import sha256


def from_json(text):
    """Raises ValueError for anything else."""
    if SCAN is None:
        import json
        return json.loads(text, parse_constant=Grammar.parse_constant)
    text = text.strip(' \t\n\r')
    try:
        value, end = SCAN(text, 0)
    except StopIteration:
        raise ValueError('no JSON')
    if end != len(text):
        raise ValueError('more than one JSON value')
    return value


def to_json(value, quote=encode_basestring_ascii):
    """As json.dumps with sorted keys and no spaces."""
    if value is None or value is True or value is False:
        return {None: 'null', True: 'true', False: 'false'}[value]
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, dict):
        return '{%s}' % ','.join('%s:%s' % (quote(key), to_json(value[key], quote)) for key in sorted(value))
    return '[%s]' % ','.join(to_json(item, quote) for item in value)


def canonical_json(value):
    """The bytes that the other side authenticates."""
    return to_json(value, encode_basestring).encode('utf-8')


def hmac_sha256(key, message):
    """RFC 2104, for keys of at most 64 bytes."""
    key = key.ljust(64, b'\0')
    inner = sha256(bytes(byte ^ 0x36 for byte in key) + message).digest()
    return sha256(bytes(byte ^ 0x5c for byte in key) + inner).digest()
