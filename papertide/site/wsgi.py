"""The site as a WSGI application; the data folder comes from the environment."""

import ctypes
import os
import signal
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "papertide.site.settings")

if (server := os.environ.get("_PAPERTIDE_SERVER")) and sys.platform == "linux":
    # A worker of `papertide up` ends when that does, however it ended: by the kernel's
    # prctl(PR_SET_PDEATHSIG) from here on, by itself where it came too late for that.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != int(server):
        sys.exit("the server is gone")

application = get_wsgi_application()
