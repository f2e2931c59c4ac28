"""WSGI entry: pages and API in production (`zerotrip serve`)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zerotrip.web.settings")
application = get_wsgi_application()

from zerotrip.web import warm  # noqa: E402  # needs the rooms to be loaded

warm.in_background()
