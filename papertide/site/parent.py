"""Children of `papertide up` end when that does, however it ended."""

import ctypes
import os
import signal
import sys


def end_with_server() -> None:
    """In a child of `up`: by the kernel's prctl(PR_SET_PDEATHSIG) from here on, by itself where it
    came too late for that."""
    if (server := os.environ.get("_PAPERTIDE_SERVER")) and sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != int(server):
            sys.exit("the server is gone")
