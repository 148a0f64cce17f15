"""A child process that must not outlive the process that made it.

When the parent dies, however it dies, the child is killed at once: everything here is built to be killed, and a child
left over would hold the port and the claims that the next start wants.
"""

import ctypes
import os
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1


class LifeLine:
    """Made by the parent before it forks; held by the child after it.

    On Linux the kernel does it. Elsewhere the child waits on a pipe that only the parent holds open.
    """

    def __init__(self) -> None:
        self._parent = os.getpid()
        self._pipe = None if sys.platform == "linux" else os.pipe()

    def hold(self) -> None:
        """Called first thing in the child, in its main thread."""
        if self._pipe is None:
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != self._parent:
                os._exit(1)
            return
        reading, writing = self._pipe
        os.close(writing)
        threading.Thread(target=_end_with, args=(reading,), name="lifeline", daemon=True).start()

    def close(self) -> None:
        """Called in a child that is not bound to this parent's life."""
        if self._pipe is not None:
            for descriptor in self._pipe:
                os.close(descriptor)
            self._pipe = None


def _end_with(reading: int) -> None:
    os.read(reading, 1)
    os._exit(1)
