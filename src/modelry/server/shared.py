"""Memory that the processes of one server have in common: made by the parent, inherited by each worker.

It belongs to no file, so no full disk can end a process that stores into it, and it goes with the last process.
"""

import mmap
import os
from fcntl import LOCK_EX, LOCK_NB, lockf

WORD_BYTES = 8


class Shared:
    """A piece of it, zero at first. Words of 8 bytes are stored at once: no reader sees a half."""

    def __init__(self, size_bytes: int) -> None:
        """Make it, in the parent; pages that nobody touches take no memory."""
        self.size_bytes = size_bytes
        self._fd = os.memfd_create("modelry")
        os.ftruncate(self._fd, size_bytes)
        self.map = mmap.mmap(self._fd, size_bytes)
        self.words = memoryview(self.map).cast("Q")

    def claimed(self, parts: int, part_bytes: int) -> int:
        """The start of one of some equal parts, which stays this process's until it ends.

        The first that nobody holds: a worker goes on with what one that has ended left.
        """
        for number in range(parts):
            try:
                lockf(self._fd, LOCK_EX | LOCK_NB, part_bytes, number * part_bytes)
            except OSError:
                continue
            return number * part_bytes
        lockf(self._fd, LOCK_EX, part_bytes, 0)
        return 0
