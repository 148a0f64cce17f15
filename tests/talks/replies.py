"""Mails as programs really write them: the whole text, and which of it are the buyer's own words.

Names and addresses are invented; the shapes are those of Gmail, Apple Mail, Outlook, Thunderbird, Mail.ru, Yandex, The Bat!
and telephones, in both languages.
"""

REPLIES: dict[str, tuple[str, str]] = {
    "gmail, english": (
        "Yes, Friday suits me.\n\nOn Mon, 2 Mar 2026 at 12:00, Test shop <shop@example.test> wrote:\n\n"
        "> Hello Anna,\n> we will call you by 12:15.\n>\n",
        "Yes, Friday suits me.",
    ),
    "gmail, english, header over two lines": (
        "Thanks!\n\nOn Mon, Mar 2, 2026 at 12:00 PM Test shop with a long name <shop@example.test>\nwrote:\n\n> Hello\n",
        "Thanks!",
    ),
    "gmail, russian": (
        "Да, пятница подходит.\n\nпн, 2 мар. 2026 г. в 12:00, Магазин «Тест» <shop@example.test>:\n\n> Анна, здравствуйте!\n> Позвоним до 12:15.\n",
        "Да, пятница подходит.",
    ),
    "gmail, russian, wrote": (
        "Спасибо, жду.\n\n2 марта 2026 г. в 12:00 пользователь Магазин <shop@example.test> написал:\n> Заказ принят\n",
        "Спасибо, жду.",
    ),
    "apple mail, english": (
        "Please call after six.\n\nAnna\n\n> On 2 Mar 2026, at 12:00, Test shop <shop@example.test> wrote:\n> \n> Hello\n> when may we call?\n",
        "Please call after six.\n\nAnna",
    ),
    "iphone, english": (
        "Is it in stock?\n\nSent from my iPhone\n\n> On Mar 2, 2026, at 12:00, Test shop <shop@example.test> wrote:\n> \n> Hello\n",
        "Is it in stock?",
    ),
    "iphone, russian": (
        "А есть красная?\n\nОтправлено с iPhone\n\n> 2 марта 2026 г., в 12:00, Магазин <shop@example.test> написал(а):\n> \n> Здравствуйте!\n",
        "А есть красная?",
    ),
    "outlook, english": (
        "I would like to change the address.\n\nFrom: Test shop <shop@example.test>\nSent: Monday, March 2, 2026 12:00 PM\n"
        "To: Anna <anna@example.test>\nSubject: We have your order 1001\n\nHello Anna,\nwe will call you.\n",
        "I would like to change the address.",
    ),
    "outlook, english, line of underscores": (
        "Wrong size.\n________________________________\nFrom: Test shop <shop@example.test>\nSent: 02 March 2026 12:00\n"
        "To: Anna <anna@example.test>\nSubject: Order\n\nHello\n",
        "Wrong size.",
    ),
    "outlook, english, bold in plain text": (
        "Cancel it please.\n\n*From:* Test shop <shop@example.test>\n*Sent:* Monday, 2 March 2026 12:00\n*To:* anna@example.test\n*Subject:* Order 1001\n\nHello\n",
        "Cancel it please.",
    ),
    "outlook, russian": (
        "Хочу поменять адрес.\n\nОт: Магазин <shop@example.test>\nОтправлено: 2 марта 2026 г. 12:00\nКому: Анна <anna@example.test>\n"
        "Тема: Ваш заказ 1001 принят\n\nАнна, здравствуйте!\nПозвоним вам.\n",
        "Хочу поменять адрес.",
    ),
    "outlook, russian, who then date": (
        "Не тот размер.\n\nОт кого: Магазин <shop@example.test>\nДата: пн, 02 мар. 2026 12:00\nКому: anna@example.test\nТема: Заказ\n\nТекст письма\n",
        "Не тот размер.",
    ),
    "outlook, original message": (
        "Any news?\n\n-----Original Message-----\nFrom: Test shop [mailto:shop@example.test]\nSent: Monday, March 2, 2026\nTo: Anna\nSubject: Order\n\nHello\n",
        "Any news?",
    ),
    "outlook express, russian": (
        "Когда приедет?\n\n----- Исходное сообщение -----\nОт: Магазин\nКому: Анна\nОтправлено: 2 марта 2026 г.\nТема: Заказ\n\nЗдравствуйте\n",
        "Когда приедет?",
    ),
    "mail.ru": (
        "Подтверждаю.\n\nПонедельник, 2 марта 2026, 12:00 +03:00 от Магазин <shop@example.test>:\n \nАнна, здравствуйте!\nМы приняли заказ.\n",
        "Подтверждаю.",
    ),
    "mail.ru, signature first": (
        "Подтверждаю.\n \n--\nАнна Петрова\nОтправлено из Mail.ru для Android\n\nПонедельник, 2 марта 2026, 12:00 +03:00 от Магазин <shop@example.test>:\n\nТекст\n",
        "Подтверждаю.",
    ),
    "mail.ru, quoted": (
        "Ок\n\n>Понедельник, 2 марта 2026, 12:00 +03:00 от Магазин <shop@example.test>:\n>\n>Анна, здравствуйте!\n",
        "Ок",
    ),
    "yandex": (
        'Привезите в субботу, пожалуйста.\n\n02.03.2026, 12:00, "Магазин" <shop@example.test>:\n\nЗдравствуйте! Когда удобно?\n',
        "Привезите в субботу, пожалуйста.",
    ),
    "yandex, signature": (
        'Жду.\n \n-- \nАнна\n \n \n02.03.2026, 12:00, "Магазин" <shop@example.test>:\n> Здравствуйте!\n',
        "Жду.",
    ),
    "yandex mobile": (
        "Спасибо\n\n02.03.2026, 12:00, Магазин <shop@example.test>:\nТекст\n\n-- \nОтправлено из мобильной Яндекс Почты\n",
        "Спасибо",
    ),
    "forwarded, russian": (
        "Посмотрите, пожалуйста, что мне пришло.\n\n-------- Пересылаемое сообщение --------\n02.03.2026, 12:00, Кто-то <x@example.test>:\n\nТекст чужого письма\n\n"
        "-------- Конец пересылаемого сообщения --------\n",
        "Посмотрите, пожалуйста, что мне пришло.",
    ),
    "forwarded, english": (
        "Look at this.\n\n---------- Forwarded message ---------\nFrom: X <x@example.test>\nDate: Mon, 2 Mar 2026\nSubject: Hm\nTo: me\n\nForeign words\n",
        "Look at this.",
    ),
    "thunderbird, english": (
        "No, thank you.\n\nOn 02.03.2026 12:00, Test shop wrote:\n> Shall we add a lid?\n",
        "No, thank you.",
    ),
    "thunderbird, russian": (
        "Нет, спасибо.\n\n02.03.2026 12:00, Магазин пишет:\n> Добавить крышку?\n",
        "Нет, спасибо.",
    ),
    "the bat, russian": (
        "Здравствуйте, Магазин.\n\nВы писали 2 марта 2026 г., 12:00:00:\n\n> Когда позвонить?\n\nПосле шести.\n\n-- \nС уважением,\n Анна\n",
        "Здравствуйте, Магазин.\n\nПосле шести.",
    ),
    "answers between the lines": (
        "> When may we call?\nAfter six.\n> Which colour?\nRed, please.\n",
        "After six.\nRed, please.",
    ),
    "answer below, english": (
        "On Mon, 2 Mar 2026 at 12:00, Test shop <shop@example.test> wrote:\n> When may we call?\n\nAny time after six.\n",
        "Any time after six.",
    ),
    "answer below, russian": (
        "2 марта 2026 г. в 12:00, Магазин <shop@example.test> написал(а):\n> Когда позвонить?\n\nПосле шести вечера.\n",
        "После шести вечера.",
    ),
    "signature with dashes": (
        "Where is my parcel?\n\n-- \nAnna Smith\n+44 20 7946 0000\nwww.example.test\n",
        "Where is my parcel?",
    ),
    "with respect, russian": (
        "Пришлите счёт, пожалуйста.\n\nС уважением,\nАнна Петрова\n+7 914 123-45-67\n",
        "Пришлите счёт, пожалуйста.",
    ),
    "with respect, one line": ("Пришлите счёт.\n\nС уважением, Анна\n", "Пришлите счёт."),
    "best regards, english": ("Please send an invoice.\n\nBest regards,\nAnna Smith\n", "Please send an invoice."),
    "words after the farewell stay": (
        "Пришлите счёт.\n\nС уважением,\nАнна\n\nP.S. А можно ли оплатить его картой, когда курьер уже приехал, или только заранее?\n",
        "Пришлите счёт.\n\nС уважением,\nАнна\n\nP.S. А можно ли оплатить его картой, когда курьер уже приехал, или только заранее?",
    ),
    "thanks is no signature": (
        "Thanks,\nbut I still need the blue one by Friday, and please ring before you come.\n",
        "Thanks,\nbut I still need the blue one by Friday, and please ring before you come.",
    ),
    "nothing but a quotation is shown whole": (
        "> On Mon, 2 Mar 2026, Test shop wrote:\n> Hello\n",
        "> On Mon, 2 Mar 2026, Test shop wrote:\n> Hello",
    ),
    "plain question": ("Здравствуйте! Есть ли сковорода 28 см?\n", "Здравствуйте! Есть ли сковорода 28 см?"),
    "on is a word, too": (
        "On Monday I wrote: please call.\nYou did not. Why?\n",
        "On Monday I wrote: please call.\nYou did not. Why?",
    ),
    "a list of fields of his own": (
        "From: Moscow\nTo: Kazan\nWhat does delivery cost?\n",
        "From: Moscow\nTo: Kazan\nWhat does delivery cost?",
    ),
    "list with dashes": (
        "Нужно:\n- сковорода\n- крышка\nКогда привезёте?\n",
        "Нужно:\n- сковорода\n- крышка\nКогда привезёте?",
    ),
    "windows line ends": ("Да.\r\n\r\n02.03.2026 12:00, Магазин пишет:\r\n> Верно?\r\n", "Да."),
    "invisible characters": ("\ufeffДа\u200b.\n\n> Верно?\n", "Да."),
    "samsung": (
        "Ok\n\nSent from my Galaxy\n\n-------- Original message --------\nFrom: Test shop <shop@example.test>\nDate: 02/03/2026 12:00 (GMT+03:00)\nTo: anna@example.test\nSubject: Order\n\nHello\n",
        "Ok",
    ),
    "outlook mobile": (
        "Call me.\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: Test shop <shop@example.test>\nSent: Monday, March 2, 2026 12:00:00 PM\nTo: Anna\nSubject: Order\n\nHello\n",
        "Call me.",
    ),
}
"""Name → (the whole text, the own words)."""
