"""Paths of the staff's screens."""

from django.urls import path

from regulars.web import (
    paths,  # noqa: F401 - registers the converter of our ids
    saved,
)
from regulars.web.board import deeds as board_deeds
from regulars.web.board import extending as board_extending
from regulars.web.board import views as board
from regulars.web.calls import dial, listening
from regulars.web.calls import views as calls
from regulars.web.commands import views as commands
from regulars.web.design import views as design
from regulars.web.desk import answers, shift
from regulars.web.desk import find as desk_find
from regulars.web.desk import pause_views as desk_pause
from regulars.web.desk import views as desk
from regulars.web.desk.listing import listing as all_tasks
from regulars.web.exports import asking as exports
from regulars.web.home import home
from regulars.web.letterbox import told
from regulars.web.letterbox import views as letterbox
from regulars.web.login import profile
from regulars.web.login import views as login
from regulars.web.notices import views as notices
from regulars.web.notices import wishes as telling
from regulars.web.orders import bulk
from regulars.web.orders import changing as order_changing
from regulars.web.orders import marking as order_marking
from regulars.web.orders import page as order
from regulars.web.orders import views as orders
from regulars.web.people import doubles, marked
from regulars.web.people import page as person
from regulars.web.people import views as people
from regulars.web.people import why as person_why
from regulars.web.playground import views as playground
from regulars.web.promises import figures as promise_figures
from regulars.web.promises import making as promise_making
from regulars.web.promises import views as promises
from regulars.web.quarantine import views as quarantine
from regulars.web.reports import operators as team_day
from regulars.web.reports import work as team_work
from regulars.web.schemes import all_by_hand as schemes_all
from regulars.web.schemes import aside as schemes_aside
from regulars.web.schemes import backtest as schemes_backtest
from regulars.web.schemes import backtest_lists as schemes_backtest_lists
from regulars.web.schemes import by_hand as schemes_by_hand
from regulars.web.schemes import changing as schemes_changing
from regulars.web.schemes import comparing as schemes_comparing
from regulars.web.schemes import deciding as schemes_deciding
from regulars.web.schemes import editing as schemes_editing
from regulars.web.schemes import effect as schemes_effect
from regulars.web.schemes import files as schemes_files
from regulars.web.schemes import flow as schemes_flow
from regulars.web.schemes import inside as schemes_inside
from regulars.web.schemes import language as schemes_language
from regulars.web.schemes import panel as schemes_panel
from regulars.web.schemes import pausing as schemes_pausing
from regulars.web.schemes import taking as schemes_taking
from regulars.web.schemes import views as schemes
from regulars.web.schemes import vocabulary as schemes_vocabulary
from regulars.web.search import views as search
from regulars.web.segments import editing as segments_editing
from regulars.web.segments import views as segments
from regulars.web.settings import about as set_about
from regulars.web.settings import accounts as set_accounts
from regulars.web.settings import channels as set_channels
from regulars.web.settings import clocks as set_clocks
from regulars.web.settings import feeds as set_feeds
from regulars.web.settings import fields as set_fields
from regulars.web.settings import hours as set_hours
from regulars.web.settings import keys as set_keys
from regulars.web.settings import messages as set_messages
from regulars.web.settings import motivation as set_motivation
from regulars.web.settings import promises as set_promises
from regulars.web.settings import rank as set_rank
from regulars.web.settings import routing as set_routing
from regulars.web.settings import scripts as set_scripts
from regulars.web.settings import shop as set_shop
from regulars.web.settings import signing as set_signing
from regulars.web.settings import special as set_special
from regulars.web.settings import teams as set_teams
from regulars.web.settings import telephone as set_telephone
from regulars.web.settings import telling as set_telling
from regulars.web.settings import unmeant as set_unmeant
from regulars.web.settings import way_back as set_way_back
from regulars.web.talks import views as talks
from regulars.web.team import roster
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
    path("tasks/shift/begin", shift.begin, name="shift_begin"),
    path("tasks/shift/break", shift.pause, name="shift_break"),
    path("tasks/shift/end", shift.end, name="shift_end"),
    path("tasks/shift/beat", shift.beat, name="shift_beat"),
    path("tasks/<ourid:task_id>/", desk.card, name="task"),
    path("tasks/<ourid:task_id>/claim", desk.claim, name="task_claim"),
    path("tasks/<ourid:task_id>/release", desk.release, name="task_release"),
    path("tasks/<ourid:task_id>/finish", desk.finish, name="task_finish"),
    path("tasks/<ourid:task_id>/undo", desk.undo, name="task_undo"),
    path("tasks/<ourid:task_id>/pause", desk_pause.pause, name="task_pause"),
    path("tasks/<ourid:task_id>/resume", desk_pause.resume, name="task_resume"),
    path("tasks/<ourid:task_id>/pause/undo", desk_pause.undo_pause, name="task_pause_undo"),
    path("tasks/<ourid:task_id>/draft", desk.draft, name="task_draft"),
    path("tasks/<ourid:task_id>/look", desk.look, name="task_look"),
    path("tasks/<ourid:task_id>/answer", answers.answer, name="task_answer"),
    path("talks/", talks.listing, name="talks"),
    path("talks/<ourid:thread_id>/", talks.one, name="talk"),
    path("talks/<ourid:thread_id>/write", talks.take_up, name="talk_write"),
    path("talks/files/<ourid:message_id>/<int:n>", talks.file, name="talk_file"),
    path("tasks/products", desk_find.find, name="task_products"),
    path("tasks/<ourid:task_id>/offer", desk_find.offer, name="task_offer"),
    path("tasks/<ourid:task_id>/dial", dial.dial, name="task_dial"),
    path("tasks/<ourid:task_id>/dialled", dial.state, name="task_dialled"),
    path("calls/", calls.listing, name="calls"),
    path("calls/<ourid:call_id>/", calls.call, name="call"),
    path("calls/<ourid:call_id>/who", calls.choose, name="call_who"),
    path("calls/<ourid:call_id>/listen/<int:n>", listening.listen, name="call_listen"),
    path("calls/<ourid:call_id>/undo", calls.take_back, name="call_undo"),
    path("orders/", orders.listing, name="orders"),
    path("orders/<ourid:order_id>/", order.one, name="order"),
    path("orders/<ourid:order_id>/change/", order_changing.change, name="order_change"),
    path("orders/<ourid:order_id>/change/form", order_changing.form, name="order_change_form"),
    path("orders/<ourid:order_id>/change/save", order_changing.save, name="order_change_save"),
    path("orders/<ourid:order_id>/mark", order_marking.mark, name="order_mark"),
    path("orders/<ourid:order_id>/same", order_marking.same, name="order_same"),
    path("orders/<ourid:order_id>/meant", order_marking.meant, name="order_meant"),
    path("orders/<ourid:order_id>/restore", order_marking.restore, name="order_restore"),
    path("orders/changes/<ourid:deed_id>/undo", order_changing.take_back, name="order_change_undo"),
    path("orders/changes/<ourid:deed_id>/entered", order_changing.entered, name="order_change_entered"),
    path("orders/changes/<ourid:deed_id>/unconfirmed", order_changing.unconfirmed, name="order_change_unconfirmed"),
    path("orders/changes/<ourid:change_id>/decide", order_changing.decide, name="order_change_decide"),
    path("commands/", commands.listing, name="commands"),
    path("commands/<ourid:command_id>/again", commands.again, name="command_again"),
    path("commands/<ourid:command_id>/give-up", commands.give_up, name="command_give_up"),
    path("orders/bulk", bulk.bulk, name="orders_bulk"),
    path("orders/calls/undo", bulk.undo_calls, name="orders_calls_undo"),
    path("orders/export", exports.orders, name="orders_export"),
    path("people/", people.listing, name="people"),
    path("people/<ourid:person_id>/", person.one, name="person"),
    path("people/<ourid:person_id>/tag", marked.change_tag, name="person_tag"),
    path("people/<ourid:person_id>/why/", person_why.about, name="person_why"),
    path("people/doubles/", doubles.listing, name="doubles"),
    path("people/doubles/bulk", doubles.bulk, name="doubles_bulk"),
    path("people/doubles/<ourid:double_id>/", doubles.compare, name="double"),
    path("people/doubles/<ourid:double_id>/merge", doubles.merge, name="double_merge"),
    path("people/doubles/<ourid:double_id>/apart", doubles.apart, name="double_apart"),
    path("people/doubles/<ourid:double_id>/undo", doubles.take_back, name="double_undo"),
    path("people/export", exports.people, name="people_export"),
    path("exports/<ourid:export_id>/", exports.progress, name="export"),
    path("exports/<ourid:export_id>/file", exports.file, name="export_file"),
    path("views/save", saved.save, name="view_save"),
    path("views/<ourid:view_id>/delete", saved.delete, name="view_delete"),
    path("views/<ourid:view_id>/restore", saved.restore, name="view_restore"),
    path("search/", search.search, name="search"),
    path("letters/", letterbox.listing, name="letters"),
    path("letters/told/", told.listing, name="letters_told"),
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
    path("promises/export", promises.export, name="promises_export"),
    path("promises/figures/", promise_figures.page, name="promises_figures"),
    path("promises/new", promise_making.new, name="promise_new"),
    path("promises/<ourid:promise_id>/back", promise_making.take_back, name="promise_take_back"),
    path("quarantine/", quarantine.listing, name="quarantine"),
    path("quarantine/group/replay", quarantine.replay_group, name="quarantine_group_replay"),
    path("quarantine/group/dismiss", quarantine.dismiss_group, name="quarantine_group_dismiss"),
    path("quarantine/undo", quarantine.undo, name="quarantine_undo"),
    path("quarantine/<ourid:quarantine_id>/body", quarantine.body, name="quarantine_body"),
    path("quarantine/<ourid:quarantine_id>/", quarantine.one, name="quarantined"),
    path("quarantine/<ourid:quarantine_id>/replay", quarantine.replay, name="quarantine_replay"),
    path("quarantine/<ourid:quarantine_id>/dismiss", quarantine.dismiss, name="quarantine_dismiss"),
    path("segments/", segments.listing, name="segments"),
    path("segments/new/", segments_editing.new, name="segment_new"),
    path("segments/look", segments_editing.look, name="segment_look"),
    path("segments/<ourid:segment_id>/", segments.members, name="segment"),
    path("segments/<ourid:segment_id>/export", segments.export, name="segment_export"),
    path("segments/<ourid:segment_id>/edit/", segments_editing.edit, name="segment_edit"),
    path("segments/<ourid:segment_id>/remove", segments.remove, name="segment_remove"),
    path("segments/<ourid:segment_id>/put-back", segments.put_back, name="segment_put_back"),
    path("schemes/", schemes.listing, name="schemes"),
    path("schemes/ready/", schemes_taking.sets, name="schemes_ready"),
    path("schemes/ready/take", schemes_taking.take, name="schemes_take"),
    path("schemes/ready/<str:trade>/", schemes_taking.why, name="schemes_why"),
    path("schemes/edit/", schemes_editing.new, name="scheme_edit"),
    path("schemes/check", schemes_editing.check, name="scheme_check"),
    path("schemes/panel/", schemes_panel.panel, name="scheme_panel"),
    path("schemes/words/", schemes_vocabulary.vocabulary, name="scheme_words"),
    path("schemes/language/", schemes_language.language, name="scheme_language"),
    path("schemes/change", schemes_changing.change, name="scheme_change"),
    path("schemes/draft", schemes_editing.save, name="scheme_draft"),
    path("schemes/keep", schemes_editing.keep, name="scheme_keep"),
    path("schemes/drop", schemes_editing.drop, name="scheme_drop"),
    path("schemes/publish", schemes_editing.publish, name="scheme_publish"),
    path("schemes/of/<str:name>/backtest/", schemes_backtest.page, name="scheme_backtest"),
    path("schemes/of/<str:name>/backtest/start", schemes_backtest.start, name="backtest_start"),
    path("schemes/backtests/prices", schemes_backtest.set_prices, name="backtest_prices"),
    path("schemes/backtests/<ourid:backtest_id>/", schemes_backtest.progress, name="backtest"),
    path("schemes/backtests/<ourid:backtest_id>/cancel", schemes_backtest.cancel, name="backtest_cancel"),
    path("schemes/backtests/<ourid:backtest_id>/who/", schemes_backtest_lists.who, name="backtest_who"),
    path("schemes/backtests/<ourid:backtest_id>/file", schemes_backtest_lists.file, name="backtest_file"),
    path("schemes/effect/", schemes_effect.overview, name="effect"),
    path("schemes/effect/how/", schemes_effect.explained, name="effect_how"),
    path("schemes/effect/shop/", schemes_effect.one, name="shop_effect"),
    path("schemes/effect/shop/who/", schemes_effect.who, name="shop_effect_who"),
    path("schemes/effect/export", schemes_effect.export, name="effect_export"),
    path("schemes/aside/", schemes_aside.aside, name="aside"),
    path("schemes/aside/<ourid:enrolment_id>/retry", schemes_aside.retry, name="aside_retry"),
    path("schemes/aside/<ourid:enrolment_id>/end", schemes_aside.end, name="aside_end"),
    path("schemes/of/<str:name>/", schemes.one, name="scheme"),
    path("design/", design.page, name="design"),
    path("schemes/of/<str:name>/live", schemes.live, name="scheme_live"),
    path("schemes/of/<str:name>/why/", person_why.of_scheme, name="scheme_why"),
    path("schemes/of/<str:name>/flow/", schemes_flow.flow, name="scheme_flow"),
    path("schemes/of/<str:name>/deed", schemes_by_hand.deed, name="scheme_deed"),
    path("schemes/of/<str:name>/back", schemes_by_hand.put_back, name="scheme_put_back"),
    path("schemes/of/<str:name>/all/", schemes_all.ask, name="scheme_all"),
    path("schemes/of/<str:name>/all/stop", schemes_all.stop, name="scheme_all_stop"),
    path("schemes/of/<str:name>/all/back", schemes_all.put_back, name="scheme_all_back"),
    path("schemes/of/<str:name>/pause", schemes_pausing.pause, name="scheme_pause"),
    path("schemes/of/<str:name>/resume", schemes_pausing.resume, name="scheme_resume"),
    path("schemes/of/<str:name>/moving/", schemes_inside.moving, name="scheme_moving"),
    path("schemes/of/<str:name>/moving/stop", schemes_inside.stop, name="scheme_move_stop"),
    path("schemes/of/<str:name>/versions/", schemes.versions, name="scheme_versions"),
    path("schemes/of/<str:name>/table/", schemes_files.table_file, name="scheme_table_file"),
    path("schemes/of/<str:name>/map.svg", schemes_files.picture_file, name="scheme_map_file"),
    path("schemes/of/<str:name>/compare/", schemes_comparing.compare, name="scheme_compare"),
    path("schemes/of/<str:name>/who/", schemes.who, name="scheme_who"),
    path("schemes/of/<str:name>/effect/", schemes_effect.one, name="scheme_effect"),
    path("schemes/of/<str:name>/effect/who/", schemes_effect.who, name="scheme_effect_who"),
    path("schemes/of/<str:name>/effect/decide", schemes_deciding.decide, name="scheme_split_decide"),
    path("schemes/of/<str:name>/effect/back", schemes_deciding.take_back, name="scheme_split_back"),
    path("schemes/of/<str:name>/effect/figures", schemes_deciding.let_figures, name="scheme_split_figures"),
    path("schemes/of/<str:name>/take", schemes_editing.take, name="scheme_take"),
    path("team/", team.listing, name="team"),
    path("team/day/", team_day.day, name="team_day"),
    path("team/day/work/", team_work.listing, name="team_work"),
    path("team/day/export", team_work.export, name="team_work_export"),
    path("team/add", team.add, name="team_add"),
    path("team/roster/", roster.page, name="roster"),
    path("team/roster/copy", roster.copy, name="roster_copy"),
    path("team/roster/me/", roster.mine, name="my_roster"),
    path("team/roster/<ourid:account_id>/", roster.one, name="roster_person"),
    path("team/roster/<ourid:account_id>/days", roster.save_days, name="roster_days"),
    path("team/roster/<ourid:account_id>/week", roster.save_week, name="roster_week"),
    path("team/roster/<ourid:account_id>/off", roster.time_off, name="roster_off"),
    path("team/roster/<ourid:account_id>/end", roster.end_shift, name="roster_end"),
    path("team/<ourid:account_id>/", team.one, name="colleague"),
    path("team/<ourid:account_id>/save", team.save, name="colleague_save"),
    path("team/<ourid:account_id>/link", team.link, name="team_link"),
    path("team/<ourid:account_id>/close", team.close, name="colleague_close"),
    path("team/<ourid:account_id>/reopen", team.reopen, name="colleague_reopen"),
    path("team/<ourid:account_id>/sessions", team.end_sessions, name="colleague_sessions"),
    path("me/", profile.page, name="me"),
    path("me/save", profile.save, name="me_save"),
    path("me/telling/", telling.page, name="telling"),
    path("me/telling/save", telling.save, name="telling_save"),
    path("me/telling/add", telling.add, name="telling_add"),
    path("me/telling/ways", telling.ways, name="telling_ways"),
    path("me/telling/trial", telling.trial_email, name="telling_trial_email"),
    path("me/telling/<ourid:way_id>/trial", telling.trial, name="telling_trial"),
    path("me/telling/<ourid:way_id>/remove", telling.remove, name="telling_remove"),
    path("me/telling/<ourid:way_id>/restore", telling.restore, name="telling_restore"),
    path("board/", board.page, name="board"),
    path("board/live", board.live, name="board_live"),
    path("board/tasks/<ourid:task_id>/give", board_deeds.give, name="board_give"),
    path("board/tasks/<ourid:task_id>/back", board_deeds.take_back, name="board_back"),
    path("board/tasks/<ourid:task_id>/limit", board_extending.extend, name="board_extend"),
    path("board/tasks/<ourid:task_id>/limit/undo", board_extending.take_back, name="board_extend_undo"),
    path("board/move", board_deeds.move, name="board_move"),
    path("board/call-in/<ourid:account_id>", board_deeds.call_in, name="board_call_in"),
    path("notices/", notices.listing, name="notices"),
    path("notices/poll", notices.poll, name="notices_poll"),
    path("notices/seen", notices.see_all, name="notices_see_all"),
    path("notices/<ourid:notice_id>/seen", notices.see, name="notice_see"),
    path("me/sessions", profile.end_others, name="me_sessions"),
    path("settings/", set_shop.page, name="settings"),
    path("settings/save", set_shop.save, name="settings_save"),
    path("settings/hours/", set_hours.page, name="settings_hours"),
    path("settings/hours/save", set_hours.save_week, name="settings_hours_save"),
    path("settings/hours/day", set_special.save_day, name="settings_hours_day"),
    path("settings/hours/day/<ourid:day_id>/switch", set_special.switch_day, name="settings_hours_switch"),
    path("settings/hours/holidays", set_special.save_holidays, name="settings_hours_holidays"),
    path("settings/hours/news", set_special.take_news, name="settings_hours_news"),
    path("settings/hours/feed", set_special.add_feed, name="settings_hours_feed"),
    path("settings/hours/feed/<ourid:feed_id>/fetch", set_special.fetch_feed, name="settings_hours_fetch"),
    path("settings/hours/feed/<ourid:feed_id>/remove", set_special.remove_feed, name="settings_hours_feed_remove"),
    path("settings/clocks/", set_clocks.page, name="settings_clocks"),
    path("settings/clocks/save", set_clocks.save, name="settings_clocks_save"),
    path("settings/clocks/retries", set_clocks.save_retries, name="settings_clocks_retries"),
    path("settings/clocks/states", set_clocks.save_states, name="settings_clocks_states"),
    path("settings/messages/", set_messages.page, name="settings_messages"),
    path("settings/messages/save", set_messages.save, name="settings_messages_save"),
    path("settings/rank/", set_rank.page, name="settings_rank"),
    path("settings/rank/save", set_rank.save, name="settings_rank_save"),
    path("settings/rank/undo", set_rank.undo, name="settings_rank_undo"),
    path("settings/rank/limits", set_rank.save_limits, name="settings_rank_limits"),
    path("settings/promises/", set_promises.page, name="settings_promises"),
    path("settings/promises/save", set_promises.save, name="settings_promises_save"),
    path("settings/motivation/", set_motivation.page, name="settings_motivation"),
    path("settings/motivation/save", set_motivation.save, name="settings_motivation_save"),
    path("settings/scripts/", set_scripts.page, name="settings_scripts"),
    path("settings/scripts/new", set_scripts.create, name="settings_script_new"),
    path("settings/scripts/about", set_about.save, name="settings_about_save"),
    path("settings/scripts/of/<str:kind>/<str:key>/", set_scripts.one, name="settings_script"),
    path("settings/scripts/of/<str:kind>/<str:key>/save", set_scripts.save, name="settings_script_save"),
    path("settings/scripts/of/<str:kind>/<str:key>/preview", set_scripts.preview, name="settings_script_preview"),
    path("settings/scripts/of/<str:kind>/<str:key>/restore", set_scripts.restore, name="settings_script_restore"),
    path("settings/teams/", set_teams.page, name="settings_teams"),
    path("settings/teams/new", set_teams.create, name="settings_team_new"),
    path("settings/teams/of/<str:key>/save", set_teams.save, name="settings_team_save"),
    path("settings/routing/", set_routing.page, name="settings_routing"),
    path("settings/routing/save", set_routing.save, name="settings_routing_save"),
    path("settings/unmeant/", set_unmeant.page, name="settings_unmeant"),
    path("settings/unmeant/save", set_unmeant.save, name="settings_unmeant_save"),
    path("settings/unmeant/undo", set_unmeant.undo, name="settings_unmeant_undo"),
    path("settings/telling/", set_telling.page, name="settings_telling"),
    path("settings/telling/save", set_telling.save, name="settings_telling_save"),
    path("settings/fields/", set_fields.page, name="settings_fields"),
    path("settings/fields/save", set_fields.save, name="settings_fields_save"),
    path("settings/telephone/", set_telephone.page, name="settings_telephone"),
    path("settings/telephone/save", set_telephone.save, name="settings_telephone_save"),
    path("settings/keys/", set_keys.page, name="settings_keys"),
    path("settings/keys/new", set_keys.create, name="settings_key_new"),
    path("settings/keys/<ourid:key_id>/revoke", set_keys.revoke, name="settings_key_revoke"),
    path("settings/keys/secrets/new", set_signing.make, name="settings_secret_new"),
    path("settings/keys/secrets/<slug:name>/drop", set_signing.drop, name="settings_secret_drop"),
    path("settings/feeds/", set_feeds.page, name="settings_feeds"),
    path("settings/feeds/new", set_feeds.create, name="settings_feed_new"),
    path("settings/feeds/<ourid:feed_id>/", set_feeds.one, name="settings_feed"),
    path("settings/feeds/<ourid:feed_id>/save", set_feeds.save, name="settings_feed_save"),
    path("settings/feeds/<ourid:feed_id>/pause", set_feeds.pause, name="settings_feed_pause"),
    path("settings/feeds/<ourid:feed_id>/resume", set_feeds.resume, name="settings_feed_resume"),
    path("settings/feeds/<ourid:feed_id>/secret", set_feeds.new_secret, name="settings_feed_secret"),
    path("settings/feeds/<ourid:feed_id>/drop", set_feeds.drop_secret, name="settings_feed_drop"),
    path("settings/feeds/<ourid:feed_id>/remove", set_feeds.remove, name="settings_feed_remove"),
    path("settings/feeds/back/<str:source>/", set_way_back.page, name="settings_way_back"),
    path("settings/feeds/back/<str:source>/save", set_way_back.save, name="settings_way_back_save"),
    path("settings/feeds/back/<str:source>/remove", set_way_back.remove, name="settings_way_back_remove"),
    path("settings/channels/", set_channels.page, name="settings_channels"),
    path("settings/channels/trial", set_channels.trial, name="settings_trial"),
    path("settings/channels/trial/<ourid:message_id>/", set_channels.trial_state, name="settings_trial_state"),
    path("settings/channels/hold", set_channels.hold, name="settings_channel_hold"),
    path("settings/channels/release", set_channels.release, name="settings_channel_release"),
    path("settings/channels/mailbox", set_accounts.mailbox, name="settings_mailbox"),
    path("settings/channels/mailbox/remove", set_accounts.mailbox_remove, name="settings_mailbox_remove"),
    path("settings/channels/bot", set_accounts.bot, name="settings_bot"),
    path("settings/channels/bot/remove", set_accounts.bot_remove, name="settings_bot_remove"),
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
