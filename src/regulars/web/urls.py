"""Paths of the staff's screens."""

from django.urls import path

from regulars.web import paths  # noqa: F401 - registers the converter of our ids
from regulars.web.desk import views as desk
from regulars.web.home import home
from regulars.web.letterbox import views as letterbox
from regulars.web.login import views as login
from regulars.web.orders import views as orders
from regulars.web.people import views as people
from regulars.web.playground import views as playground
from regulars.web.promises import views as promises
from regulars.web.quarantine import views as quarantine
from regulars.web.schemes import views as schemes
from regulars.web.team import views as team

app_name = "web"
urlpatterns = [
    path("", home, name="home"),
    path("login/", login.come_in, name="login"),
    path("login/link/<str:secret>", login.link, name="login_link"),
    path("logout", login.go_out, name="logout"),
    path("language", login.set_language, name="language"),
    path("theme", login.set_theme, name="theme"),
    path("shop", login.set_shop, name="shop"),
    path("password/", login.password, name="password"),
    path("tasks/", desk.queue, name="tasks"),
    path("tasks/<ourid:task_id>/", desk.card, name="task"),
    path("tasks/<ourid:task_id>/claim", desk.claim, name="task_claim"),
    path("tasks/<ourid:task_id>/release", desk.release, name="task_release"),
    path("tasks/<ourid:task_id>/finish", desk.finish, name="task_finish"),
    path("orders/", orders.listing, name="orders"),
    path("orders/<ourid:order_id>/", orders.one, name="order"),
    path("people/", people.listing, name="people"),
    path("people/<ourid:person_id>/", people.one, name="person"),
    path("letters/", letterbox.listing, name="letters"),
    path("letters/waiting/", letterbox.waiting, name="waiting"),
    path("letters/<ourid:message_id>/", letterbox.one, name="letter"),
    path("letters/<ourid:message_id>/html", letterbox.html, name="letter_html"),
    path("letters/<ourid:message_id>/resolve", letterbox.resolve, name="letter_resolve"),
    path("letters/<ourid:message_id>/release", letterbox.release, name="letter_release"),
    path("playground/time", playground.time, name="playground_time"),
    path("playground/clock", playground.set_clock, name="playground_clock"),
    path("promises/", promises.listing, name="promises"),
    path("quarantine/", quarantine.listing, name="quarantine"),
    path("quarantine/<ourid:quarantine_id>/", quarantine.one, name="quarantined"),
    path("quarantine/<ourid:quarantine_id>/replay", quarantine.replay, name="quarantine_replay"),
    path("quarantine/<ourid:quarantine_id>/dismiss", quarantine.dismiss, name="quarantine_dismiss"),
    path("schemes/", schemes.listing, name="schemes"),
    path("schemes/edit/", schemes.new, name="scheme_edit"),
    path("schemes/publish", schemes.publish, name="scheme_publish"),
    path("schemes/aside/", schemes.aside, name="aside"),
    path("schemes/aside/<ourid:enrolment_id>/retry", schemes.retry, name="aside_retry"),
    path("schemes/aside/<ourid:enrolment_id>/end", schemes.end, name="aside_end"),
    path("schemes/of/<str:name>/", schemes.one, name="scheme"),
    path("team/", team.listing, name="team"),
    path("team/<ourid:account_id>/link", team.link, name="team_link"),
]
