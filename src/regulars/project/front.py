"""What the web role serves: intake's door in front, Django behind it."""

from regulars.project.wsgi import application as django_application  # makes Django ready: before all that needs it

from regulars.intake.door import Door  # isort: skip
from regulars.worker.front import Front  # isort: skip

application = Front(Door(), django_application)
