"""Paths of the staff's screens."""

from django.urls import path

from regulars.web import (
    paths,  # noqa: F401 - registers the converter of our ids
    saved,
)
from regulars.web.desk import views as desk
from regulars.web.exports import asking as exports
from regulars.web.home import home
from regulars.web.letterbox import views as letterbox
from regulars.web.login import views as login
from regulars.web.orders import bulk
from regulars.web.orders import page as order
from regulars.web.orders import views as orders
from regulars.web.people import page as person
from regulars.web.people import views as people
from regulars.web.promises import views as promises
from regulars.web.quarantine import views as quarantine
from regulars.web.schemes import views as schemes
from regulars.web.search import views as search
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
    path("orders/<ourid:order_id>/", order.one, name="order"),
    path("orders/bulk", bulk.bulk, name="orders_bulk"),
    path("orders/calls/undo", bulk.undo_calls, name="orders_calls_undo"),
    path("orders/export", exports.orders, name="orders_export"),
    path("people/", people.listing, name="people"),
    path("people/<ourid:person_id>/", person.one, name="person"),
    path("people/export", exports.people, name="people_export"),
    path("exports/<ourid:export_id>/", exports.progress, name="export"),
    path("exports/<ourid:export_id>/file", exports.file, name="export_file"),
    path("views/save", saved.save, name="view_save"),
    path("views/<ourid:view_id>/delete", saved.delete, name="view_delete"),
    path("views/<ourid:view_id>/restore", saved.restore, name="view_restore"),
    path("search/", search.search, name="search"),
    path("letters/", letterbox.listing, name="letters"),
    path("letters/waiting/", letterbox.waiting, name="waiting"),
    path("letters/<ourid:message_id>/", letterbox.one, name="letter"),
    path("letters/<ourid:message_id>/html", letterbox.html, name="letter_html"),
    path("letters/<ourid:message_id>/resolve", letterbox.resolve, name="letter_resolve"),
    path("letters/<ourid:message_id>/release", letterbox.release, name="letter_release"),
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
