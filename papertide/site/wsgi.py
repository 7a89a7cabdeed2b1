"""The site as a WSGI application; the data folder comes from the environment."""

import os

from django.core.wsgi import get_wsgi_application

from papertide.site.parent import end_with_server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "papertide.site.settings")

end_with_server()

application = get_wsgi_application()
