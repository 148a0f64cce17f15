"""Paths of the staff's screens."""

from django.urls import path

from regulars.web import (
    paths,  # noqa: F401 - registers the converter of our ids
    saved,
)
from regulars.web.design import views as design
from regulars.web.desk import views as desk
from regulars.web.desk.listing import listing as all_tasks
from regulars.web.exports import asking as exports
from regulars.web.home import home
from regulars.web.letterbox import views as letterbox
from regulars.web.login import profile
from regulars.web.login import views as login
from regulars.web.orders import bulk
from regulars.web.orders import page as order
from regulars.web.orders import views as orders
from regulars.web.people import page as person
from regulars.web.people import views as people
from regulars.web.playground import views as playground
from regulars.web.promises import views as promises
from regulars.web.quarantine import views as quarantine
from regulars.web.schemes import aside as schemes_aside
from regulars.web.schemes import editing as schemes_editing
from regulars.web.schemes import views as schemes
from regulars.web.search import views as search
from regulars.web.settings import channels as set_channels
from regulars.web.settings import feeds as set_feeds
from regulars.web.settings import hours as set_hours
from regulars.web.settings import keys as set_keys
from regulars.web.settings import messages as set_messages
from regulars.web.settings import shop as set_shop
from regulars.web.settings import teams as set_teams
from regulars.web.team import views as team
from regulars.web.welcome import views as welcome

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
    path("tasks/", desk.desk, name="tasks"),
    path("tasks/all/", all_tasks, name="tasks_all"),
    path("tasks/queue", desk.queue, name="tasks_queue"),
    path("tasks/next", desk.take_next, name="task_next"),
    path("tasks/<ourid:task_id>/", desk.card, name="task"),
    path("tasks/<ourid:task_id>/claim", desk.claim, name="task_claim"),
    path("tasks/<ourid:task_id>/release", desk.release, name="task_release"),
    path("tasks/<ourid:task_id>/finish", desk.finish, name="task_finish"),
    path("tasks/<ourid:task_id>/undo", desk.undo, name="task_undo"),
    path("tasks/<ourid:task_id>/draft", desk.draft, name="task_draft"),
    path("tasks/<ourid:task_id>/look", desk.look, name="task_look"),
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
    path("letters/news", letterbox.news, name="letters_news"),
    path("letters/decide", letterbox.decide, name="letters_decide"),
    path("letters/<ourid:message_id>/source", letterbox.source, name="letter_source"),
    path("letters/<ourid:message_id>/", letterbox.one, name="letter"),
    path("letters/<ourid:message_id>/html", letterbox.html, name="letter_html"),
    path("letters/<ourid:message_id>/resolve", letterbox.resolve, name="letter_resolve"),
    path("letters/<ourid:message_id>/release", letterbox.release, name="letter_release"),
    path("playground/time", playground.time, name="playground_time"),
    path("playground/clock", playground.set_clock, name="playground_clock"),
    path("promises/", promises.listing, name="promises"),
    path("quarantine/", quarantine.listing, name="quarantine"),
    path("quarantine/group/replay", quarantine.replay_group, name="quarantine_group_replay"),
    path("quarantine/group/dismiss", quarantine.dismiss_group, name="quarantine_group_dismiss"),
    path("quarantine/undo", quarantine.undo, name="quarantine_undo"),
    path("quarantine/<ourid:quarantine_id>/body", quarantine.body, name="quarantine_body"),
    path("quarantine/<ourid:quarantine_id>/", quarantine.one, name="quarantined"),
    path("quarantine/<ourid:quarantine_id>/replay", quarantine.replay, name="quarantine_replay"),
    path("quarantine/<ourid:quarantine_id>/dismiss", quarantine.dismiss, name="quarantine_dismiss"),
    path("schemes/", schemes.listing, name="schemes"),
    path("schemes/edit/", schemes_editing.new, name="scheme_edit"),
    path("schemes/check", schemes_editing.check, name="scheme_check"),
    path("schemes/draft", schemes_editing.save, name="scheme_draft"),
    path("schemes/drop", schemes_editing.drop, name="scheme_drop"),
    path("schemes/publish", schemes_editing.publish, name="scheme_publish"),
    path("schemes/aside/", schemes_aside.aside, name="aside"),
    path("schemes/aside/<ourid:enrolment_id>/retry", schemes_aside.retry, name="aside_retry"),
    path("schemes/aside/<ourid:enrolment_id>/end", schemes_aside.end, name="aside_end"),
    path("schemes/of/<str:name>/", schemes.one, name="scheme"),
    path("design/", design.page, name="design"),
    path("schemes/of/<str:name>/versions/", schemes.versions, name="scheme_versions"),
    path("schemes/of/<str:name>/who/", schemes.who, name="scheme_who"),
    path("schemes/of/<str:name>/take", schemes_editing.take, name="scheme_take"),
    path("team/", team.listing, name="team"),
    path("team/add", team.add, name="team_add"),
    path("team/<ourid:account_id>/", team.one, name="colleague"),
    path("team/<ourid:account_id>/save", team.save, name="colleague_save"),
    path("team/<ourid:account_id>/link", team.link, name="team_link"),
    path("team/<ourid:account_id>/close", team.close, name="colleague_close"),
    path("team/<ourid:account_id>/reopen", team.reopen, name="colleague_reopen"),
    path("team/<ourid:account_id>/sessions", team.end_sessions, name="colleague_sessions"),
    path("me/", profile.page, name="me"),
    path("me/save", profile.save, name="me_save"),
    path("me/sessions", profile.end_others, name="me_sessions"),
    path("settings/", set_shop.page, name="settings"),
    path("settings/save", set_shop.save, name="settings_save"),
    path("settings/hours/", set_hours.page, name="settings_hours"),
    path("settings/hours/save", set_hours.save_week, name="settings_hours_save"),
    path("settings/hours/day", set_hours.save_day, name="settings_hours_day"),
    path("settings/messages/", set_messages.page, name="settings_messages"),
    path("settings/messages/save", set_messages.save, name="settings_messages_save"),
    path("settings/teams/", set_teams.page, name="settings_teams"),
    path("settings/teams/new", set_teams.create, name="settings_team_new"),
    path("settings/teams/of/<str:key>/save", set_teams.save, name="settings_team_save"),
    path("settings/keys/", set_keys.page, name="settings_keys"),
    path("settings/keys/new", set_keys.create, name="settings_key_new"),
    path("settings/keys/<ourid:key_id>/revoke", set_keys.revoke, name="settings_key_revoke"),
    path("settings/feeds/", set_feeds.page, name="settings_feeds"),
    path("settings/feeds/new", set_feeds.create, name="settings_feed_new"),
    path("settings/feeds/<ourid:feed_id>/", set_feeds.one, name="settings_feed"),
    path("settings/feeds/<ourid:feed_id>/pause", set_feeds.pause, name="settings_feed_pause"),
    path("settings/feeds/<ourid:feed_id>/resume", set_feeds.resume, name="settings_feed_resume"),
    path("settings/feeds/<ourid:feed_id>/secret", set_feeds.new_secret, name="settings_feed_secret"),
    path("settings/feeds/<ourid:feed_id>/drop", set_feeds.drop_secret, name="settings_feed_drop"),
    path("settings/feeds/<ourid:feed_id>/remove", set_feeds.remove, name="settings_feed_remove"),
    path("settings/channels/", set_channels.page, name="settings_channels"),
    path("settings/channels/trial", set_channels.trial, name="settings_trial"),
    path("settings/channels/trial/<ourid:message_id>/", set_channels.trial_state, name="settings_trial_state"),
    path("settings/channels/hold", set_channels.hold, name="settings_channel_hold"),
    path("settings/channels/release", set_channels.release, name="settings_channel_release"),
    path("welcome/", welcome.begin, name="welcome"),
    path("welcome/shop/", welcome.shop, name="welcome_shop"),
    path("welcome/shop/save", welcome.save_shop, name="welcome_shop_save"),
    path("welcome/orders/", welcome.orders, name="welcome_orders"),
    path("welcome/orders/open", welcome.open_way, name="welcome_orders_open"),
    path("welcome/orders/on", welcome.go_on, name="welcome_orders_on"),
    path("welcome/scheme/", welcome.scheme, name="welcome_scheme"),
    path("welcome/scheme/on", welcome.switch_on, name="welcome_scheme_on"),
    path("welcome/scheme/try", welcome.try_out, name="welcome_scheme_try"),
    path("welcome/scheme/steps/", welcome.steps, name="welcome_steps"),
    path("welcome/leave", welcome.leave, name="welcome_leave"),
]
