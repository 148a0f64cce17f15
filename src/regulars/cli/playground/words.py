"""What the playground's people say: notes that colleagues leave at a call, and what buyers add to an answer."""

__all__ = ["COMMENTS", "NOTES"]

NOTES = {
    "confirmed": (
        {"en": "Deliver after 18", "ru": "Доставить после 18"},
        {"en": "The door code is 41, second floor", "ru": "Домофон 41, второй этаж"},
        {"en": "A present, please no price in the box", "ru": "Подарок, ценник в коробку не класть"},
        {"en": "At home on Friday and Saturday", "ru": "Дома в пятницу и субботу"},
        {"en": "The courier is to call an hour before", "ru": "Просит курьера позвонить за час"},
        {"en": "Asked whether it may go into the dishwasher: yes", "ru": "Спрашивали про посудомойку: можно"},
    ),
    "no_answer": (
        {"en": "It rings, nobody picks up", "ru": "Гудки, трубку не берут"},
        {"en": "Switched off", "ru": "Телефон выключен"},
    ),
    "not_today": (
        {"en": "In a meeting, asked to call back", "ru": "На совещании, просьба перезвонить"},
        {"en": "Driving", "ru": "За рулём"},
    ),
    "refused": (
        {"en": "Found it cheaper", "ru": "Нашли дешевле"},
        {"en": "Ordered by mistake", "ru": "Заказали по ошибке"},
        {"en": "Needed it by tomorrow", "ru": "Нужно было к завтрашнему дню"},
    ),
    "out_of_stock": (
        {"en": "Agreed to another colour", "ru": "Согласие на другой цвет"},
        {"en": "Waits until it is back, the rest goes now", "ru": "Ждёт поступления, остальное отправляем"},
    ),
    "helped": (
        {"en": "Asked when the parcel comes: told the day", "ru": "Спросили, когда придёт посылка: день назвали"},
        {"en": "Wants another address, changed it", "ru": "Просили другой адрес, поправлено"},
        {
            "en": "Asked whether the lid fits the small pot: yes",
            "ru": "Спросили, подойдёт ли крышка к малой кастрюле: да",
        },
    ),
    "ordered": ({"en": "Adds two mugs to the order", "ru": "Добавляем к заказу две кружки"},),
    "talked": ({"en": "Wrong shop, no harm done", "ru": "Ошиблись магазином, бывает"},),
    "will_pay": ({"en": "Pays tonight", "ru": "Оплата вечером"},),
    "done": (
        {"en": "A replacement goes tomorrow", "ru": "Замену отправим завтра"},
        {"en": "All is well, thanks us", "ru": "Всё хорошо, благодарит"},
    ),
}
COMMENTS = {
    "yes": (
        {"en": "Lovely, exactly as in the picture.", "ru": "Очень красиво, точно как на фото."},
        {"en": "Well packed, nothing broken.", "ru": "Хорошо упаковано, ничего не разбилось."},
        {"en": "Mum is delighted.", "ru": "Мама в восторге."},
        {"en": "Thank you for the call and the kind voice.", "ru": "Спасибо за звонок и приятный голос."},
    ),
    "no": (
        {"en": "One saucer came chipped.", "ru": "Одно блюдце пришло со сколом."},
        {"en": "The colour is paler than in the picture.", "ru": "Цвет бледнее, чем на фото."},
        {"en": "It took a week longer than promised.", "ru": "Везли на неделю дольше, чем обещали."},
        {"en": "The lid doesn't close.", "ru": "Крышка не закрывается."},
    ),
}
