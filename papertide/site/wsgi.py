"""The site as a WSGI application; the data folder comes from the environment."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "papertide.site.settings")
application = get_wsgi_application()
