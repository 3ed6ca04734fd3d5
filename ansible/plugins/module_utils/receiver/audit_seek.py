# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Looking for values that this host is not told: what is read is cut into words, and into pieces that begin as a value
does and are as long; their keyed digests are compared. What is found is named by its place in the list that was sent; a
word itself goes nowhere."""

import re
import struct
import time

from .lean import sha256

PLAIN = br'[A-Za-z0-9_-]'
WIDE = br'[^\x00-\x20"\'`,;<>()\[\]{}|&\\]'
INSIDE = re.compile(br'[=:@?]')
# of a text only what is letter and what is not: as a find over bytes it is quick
OUTLINE = bytes(97 if chr(byte) in '_-' or byte > 127 or chr(byte).isalnum() else 32 for byte in range(256))
# so many bytes are digested until the clock is looked at
STEP = 1 << 22
# what stands for a scope password of this host, which only the host knows
OWN_PASSWORD = -1


class Seeker(object):
    """`sent` is a key of 32 bytes, then for each form its digest (16 bytes), its length (2 bytes) and how it begins
    (2 bytes: 1, then a 1 for each letter and a 0 for what is none; 0: it is a word). It reads for so many seconds at
    most, and so many bytes of each tree or account of each surface."""

    def __init__(self, sent, seconds, budget):
        key = sent[:32].ljust(64, b'\0')
        self.inner = sha256(bytes(byte ^ 0x36 for byte in key))
        self.outer = sha256(bytes(byte ^ 0x5c for byte in key))
        self.known, self.lengths, self.pieces, self.incomplete, self.reading = {}, set(), {}, set(), 'paths'
        self.ends, self.budget, self.read, self.until = time.monotonic() + seconds, budget, {}, {}
        for index, at in enumerate(range(32, len(sent) - 19, 20)):
            length, begins = struct.unpack_from('>HH', sent, at + 16)
            self.known.setdefault(sent[at:at + 16], []).append(index)
            (self.pieces.setdefault(outline(begins), set()) if begins else self.lengths).add(length)

    def learn(self, value):
        """A value of this host's own."""
        words = [value] + word_pattern(PLAIN, 12).findall(value)
        for word in words if len(value) >= 8 else []:
            self.known.setdefault(self.digest(word), []).append(OWN_PASSWORD)
            self.lengths.add(len(word))

    def digest(self, word):
        inner, outer = self.inner.copy(), self.outer.copy()
        inner.update(word)
        outer.update(inner.digest())
        return outer.digest()[:16]

    def has_time(self, surface):
        """A surface may take half of what was left when it began: one that somebody has filled leaves the rest for others.
        Where there is none left, it is told as not wholly looked at."""
        now = time.monotonic()
        if now < self.until.setdefault(surface, now + (self.ends - now) / 2):
            return True
        self.incomplete.add(surface)
        return False

    def may_read(self, surface, size, part=''):
        """Whether there is time, and room for so many bytes of this part of a surface."""
        self.reading, read = surface, self.read.get((surface, part), 0) + size
        if read <= self.budget and self.has_time(surface):
            self.read[surface, part] = read
            return True
        self.incomplete.add(surface)
        return False

    def most(self, surface, found, limit):
        """No more than so many of a list."""
        if len(found) > limit:
            self.incomplete.add(surface)
        return found[:limit]

    def in_text(self, data):
        found = self.in_pieces(b'\n' + data + b'\n') if self.pieces else set()
        for word in set(words_of(data, self.shortest())) if self.lengths else ():
            if len(word) in self.lengths:
                found.update(self.known.get(self.digest(word), ()))
        return sorted(found)

    def in_parts(self, data):
        """The same for arguments and environments, which end in NUL: several arguments may be one value."""
        return self.in_text(data.replace(b'\0', b' '))

    def in_pieces(self, data):
        """What begins where a word does, and ends where one does."""
        found, shape, work = set(), data.translate(OUTLINE), 0
        for (skip, begins), lengths in self.pieces.items():
            at = shape.find(begins)
            while at >= 0:
                for length in lengths:
                    start, end = at + skip, at + skip + length
                    if end < len(shape) and 32 in (shape[end - 1], shape[end]):
                        found.update(self.known.get(self.digest(data[start:end]), ()))
                        work += length + 64
                if work > STEP:
                    if not self.has_time(self.reading):
                        return found
                    work = 0
                at = shape.find(begins, at + 1)
        return found

    def shortest(self):
        return max(8, min(self.lengths))


def words_of(data, shortest):
    """Plain words lie in wide ones, of which logs repeat most: each is cut once."""
    found = set(word_pattern(WIDE, shortest).findall(data))
    words = word_pattern(PLAIN, shortest).findall(b' '.join(found))
    for word in found:
        # padding, and the end of a sentence
        cut = word.rstrip(b'=.!')
        words += [word, cut]
        pieces = INSIDE.split(word)
        if len(pieces) > 1:
            words += pieces
            words += [word.partition(b'=')[2], cut.partition(b'=')[2], word.partition(b':')[2]]
    return words


def word_pattern(letters, shortest):
    # re keeps what it compiled
    return re.compile(letters + b'{%d,}' % shortest)


def outline(begins):
    """As OUTLINE makes it, behind so many characters that are none of it: a letter begins a word."""
    shape = bin(begins)[3:].replace('1', 'a').replace('0', ' ').encode()
    return (1, b' ' + shape) if shape[:1] == b'a' else (0, shape)
