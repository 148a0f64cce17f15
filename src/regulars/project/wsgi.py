"""The WSGI callable: intake's own door in front, Django behind it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regulars.project.settings")
django_application = get_wsgi_application()

from regulars.intake.door import Door  # noqa: E402 - needs Django's settings

application = Door(django_application)
