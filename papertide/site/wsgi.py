"""The site as a WSGI application; the data folder comes from the environment."""

import ctypes
import os
import signal
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "papertide.site.settings")

if sys.platform == "linux":
    # A worker ends when its server does, however that ended: prctl(PR_SET_PDEATHSIG, SIGTERM).
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)

application = get_wsgi_application()
