# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Looking for values that this host is not told: what is read is cut into words, and their keyed digests compared.
What is found is named by its place in the list that was sent; a word itself goes nowhere."""

import re
import struct
import time

from .lean import sha256

PLAIN = br'[A-Za-z0-9_-]'
WIDE = br'[^\x00-\x20"\'`,;<>()\[\]{}|&\\]'
INSIDE = re.compile(br'[=:@?]')
LONGEST_LINE = 8192
# what stands for a scope password of this host, which only the host knows
OWN_PASSWORD = -1


class Seeker(object):
    """`sent` is a key of 32 bytes, then for each form its digest (16 bytes) and its length (2 bytes). It reads for so
    many seconds at most, and so many bytes of each tree or account of each surface."""

    def __init__(self, sent, seconds, budget):
        key = sent[:32].ljust(64, b'\0')
        self.inner = sha256(bytes(byte ^ 0x36 for byte in key))
        self.outer = sha256(bytes(byte ^ 0x5c for byte in key))
        self.known, self.lengths, self.incomplete = {}, set(), set()
        self.ends, self.budget, self.read, self.until = time.monotonic() + seconds, budget, {}, {}
        for index, at in enumerate(range(32, len(sent) - 17, 18)):
            self.known.setdefault(sent[at:at + 16], []).append(index)
            self.lengths.add(struct.unpack_from('>H', sent, at + 16)[0])

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
        read = self.read.get((surface, part), 0) + size
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

    def among(self, words):
        found = set()
        for word in set(words):
            if len(word) in self.lengths:
                found.update(self.known.get(self.digest(word), ()))
        return sorted(found)

    def in_text(self, data):
        return self.among(words_of(data, self.shortest()) + line_words(data)) if self.lengths else []

    def in_parts(self, data):
        """The same for arguments and environments: parts that end in NUL."""
        parts = data.split(b'\0')
        values = [part.partition(b'=')[2] for part in parts]
        return self.among(parts + values + words_of(data, self.shortest())) if self.lengths else []

    def shortest(self):
        return max(8, min(self.lengths))


def words_of(data, shortest):
    """Plain words lie in wide ones, of which logs repeat most: each is cut once."""
    found = set(word_pattern(WIDE, shortest).findall(data))
    words = word_pattern(PLAIN, shortest).findall(b' '.join(found))
    for word in found:
        cut = word.rstrip(b'=')
        words += [word, cut]
        pieces = INSIDE.split(word)
        if len(pieces) > 1:
            words += pieces
            words += [word.partition(b'=')[2], cut.partition(b'=')[2], word.partition(b':')[2]]
    return words


def word_pattern(letters, shortest):
    # re keeps what it compiled
    return re.compile(letters + b'{%d,}' % shortest)


def line_words(data):
    """For values that hold blanks or quotes: a line, and what stands in it behind `=` or `: `, without quotes."""
    words = []
    for line in data.split(b'\n'):
        if 8 <= len(line) <= LONGEST_LINE:
            for part in (line, line.partition(b'=')[2], line.partition(b': ')[2]):
                part = part.strip()
                words += [part, part.strip(b'"\'')] if part else []
    return words
