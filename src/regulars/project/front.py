"""What the web role serves: intake's door in front, Django behind it."""

from regulars.project.wsgi import application as django_application  # makes Django ready: before all that needs it

from django.conf import settings  # isort: skip

from regulars.base.secrets import split_keys  # isort: skip
from regulars.intake.door import Door  # isort: skip
from regulars.worker.front import Front  # isort: skip
from regulars.worker.news import News  # isort: skip

application = Front(Door(), django_application, News(lambda: split_keys(settings.SECRET_KEY)))
