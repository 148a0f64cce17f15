"""Regions of the countries in which they matter for the clock, as people write them, each with its chief town.

Owns names only; the town tells the builder of the zone table which of GeoNames' regions is meant.
"""

from dataclasses import dataclass

__all__ = ["REGIONS", "RUSSIAN_POSTCODES", "Region"]


@dataclass(frozen=True, slots=True)
class Region:
    """`names`: as people and forms write them, codes too. `town`: its chief town by GeoNames."""

    town: str
    names: tuple[str, ...]


def _read(text: str) -> tuple[Region, ...]:
    """Lines of 'town: name, name, …'."""
    regions = []
    for line in text.strip().splitlines():
        town, names = line.split(":")
        regions.append(Region(town.strip(), tuple(name.strip() for name in names.split(","))))
    return tuple(regions)


_RUSSIA = _read("""
    Maykop: Адыгея, Adygea
    Gorno-Altaysk: Республика Алтай, Altai Republic, Горный Алтай
    Barnaul: Алтайский край, Altai Krai, Altayskiy
    Blagoveshchensk: Амурская область, Amur Oblast, Amurskaya
    Arkhangel’sk: Архангельская область, Arkhangelsk Oblast, Arkhangelskaya
    Astrakhan: Астраханская область, Astrakhan Oblast
    Ufa: Башкортостан, Bashkortostan, Башкирия
    Belgorod: Белгородская область, Belgorod Oblast
    Bryansk: Брянская область, Bryansk Oblast
    Ulan-Ude: Бурятия, Buryatia
    Grozny: Чеченская Республика, Чечня, Chechnya, Chechen Republic
    Chelyabinsk: Челябинская область, Chelyabinsk Oblast
    Anadyr: Чукотский автономный округ, Chukotka, Чукотка
    Cheboksary: Чувашия, Чувашская Республика, Чувашская Республика - Чувашия, Chuvashia
    Makhachkala: Дагестан, Dagestan
    Birobidzhan: Еврейская автономная область, Еврейская, Jewish Autonomous Oblast
    Chita: Забайкальский край, Zabaykalsky Krai, Transbaikal
    Magas: Ингушетия, Ingushetia
    Irkutsk: Иркутская область, Irkutsk Oblast
    Ivanovo: Ивановская область, Ivanovo Oblast
    Nalchik: Кабардино-Балкарская Республика, Кабардино-Балкария, Kabardino-Balkaria
    Kaliningrad: Калининградская область, Kaliningrad Oblast
    Elista: Калмыкия, Kalmykia
    Kaluga: Калужская область, Kaluga Oblast
    Petropavlovsk-Kamchatsky: Камчатский край, Kamchatka Krai, Камчатка, Kamchatka
    Cherkessk: Карачаево-Черкесская Республика, Карачаево-Черкесия, Karachay-Cherkessia
    Petrozavodsk: Карелия, Karelia
    Kemerovo: Кемеровская область, Кемеровская область - Кузбасс, Кузбасс, Kemerovo Oblast, Kuzbass
    Khabarovsk: Хабаровский край, Khabarovsk Krai, Khabarovskiy
    Abakan: Хакасия, Khakassia
    Khanty-Mansiysk: Ханты-Мансийский, Ханты-Мансийский автономный округ - Югра, ХМАО, ХМАО - Югра, Югра, Khanty-Mansi
    Kirov: Кировская область, Kirov Oblast
    Syktyvkar: Коми, Komi
    Kostroma: Костромская область, Kostroma Oblast
    Krasnodar: Краснодарский край, Krasnodar Krai, Кубань
    Krasnoyarsk: Красноярский край, Krasnoyarsk Krai
    Kurgan: Курганская область, Kurgan Oblast
    Kursk: Курская область, Kursk Oblast
    Gatchina: Ленинградская область, Leningrad Oblast
    Lipetsk: Липецкая область, Lipetsk Oblast
    Magadan: Магаданская область, Magadan Oblast
    Yoshkar-Ola: Марий Эл, Mari El
    Saransk: Мордовия, Mordovia
    Moscow: Москва, Moscow
    Khimki: Московская область, Moscow Oblast, Подмосковье
    Murmansk: Мурманская область, Murmansk Oblast
    Naryan-Mar: Ненецкий автономный округ, Nenets
    Nizhniy Novgorod: Нижегородская область, Nizhny Novgorod Oblast
    Velikiy Novgorod: Новгородская область, Novgorod Oblast
    Novosibirsk: Новосибирская область, Novosibirsk Oblast
    Omsk: Омская область, Omsk Oblast
    Orenburg: Оренбургская область, Orenburg Oblast
    Orël: Орловская область, Oryol Oblast
    Penza: Пензенская область, Penza Oblast
    Perm: Пермский край, Perm Krai
    Vladivostok: Приморский край, Primorsky Krai, Приморье, Primorye
    Pskov: Псковская область, Pskov Oblast
    Rostov-na-Donu: Ростовская область, Rostov Oblast
    Ryazan’: Рязанская область, Ryazan Oblast
    Yakutsk: Саха, Республика Саха (Якутия), Якутия, Sakha, Yakutia
    Yuzhno-Sakhalinsk: Сахалинская область, Sakhalin Oblast, Сахалин, Sakhalin
    Samara: Самарская область, Samara Oblast
    Saint Petersburg: Санкт-Петербург, СПб, Saint Petersburg, St Petersburg
    Saratov: Саратовская область, Saratov Oblast
    Vladikavkaz: Северная Осетия, Республика Северная Осетия - Алания, North Ossetia
    Smolensk: Смоленская область, Smolensk Oblast
    Stavropol: Ставропольский край, Stavropol Krai
    Yekaterinburg: Свердловская область, Sverdlovsk Oblast
    Tambov: Тамбовская область, Tambov Oblast
    Kazan: Татарстан, Республика Татарстан (Татарстан), Tatarstan
    Tomsk: Томская область, Tomsk Oblast
    Tula: Тульская область, Tula Oblast
    Kyzyl: Тыва, Тува, Tuva, Tyva
    Tver: Тверская область, Tver Oblast
    Tyumen: Тюменская область, Tyumen Oblast
    Izhevsk: Удмуртская Республика, Удмуртия, Udmurtia
    Ulyanovsk: Ульяновская область, Ulyanovsk Oblast
    Vladimir: Владимирская область, Vladimir Oblast
    Volgograd: Волгоградская область, Volgograd Oblast
    Vologda: Вологодская область, Vologda Oblast
    Voronezh: Воронежская область, Voronezh Oblast
    Salekhard: Ямало-Ненецкий автономный округ, ЯНАО, Yamalo-Nenets
    Yaroslavl: Ярославская область, Yaroslavl Oblast
    Simferopol: Крым, Республика Крым, Crimea
    Sevastopol: Севастополь, Sevastopol
""")

_UNITED_STATES = _read("""
    Birmingham: Alabama, AL
    Anchorage: Alaska, AK
    Phoenix: Arizona, AZ
    Little Rock: Arkansas, AR
    Los Angeles: California, CA
    Denver: Colorado, CO
    Hartford: Connecticut, CT
    Dover: Delaware, DE
    Washington: District of Columbia, DC
    Miami: Florida, FL
    Atlanta: Georgia, GA
    Honolulu: Hawaii, HI
    Boise: Idaho, ID
    Chicago: Illinois, IL
    Indianapolis: Indiana, IN
    Des Moines: Iowa, IA
    Wichita: Kansas, KS
    Lexington: Kentucky, KY
    New Orleans: Louisiana, LA
    Bangor: Maine, ME
    Baltimore: Maryland, MD
    Boston: Massachusetts, MA
    Detroit: Michigan, MI
    Minneapolis: Minnesota, MN
    Gulfport: Mississippi, MS
    St. Louis: Missouri, MO
    Billings: Montana, MT
    Omaha: Nebraska, NE
    Las Vegas: Nevada, NV
    Nashua: New Hampshire, NH
    Newark: New Jersey, NJ
    Albuquerque: New Mexico, NM
    New York City: New York, NY
    Charlotte: North Carolina, NC
    Fargo: North Dakota, ND
    Cleveland: Ohio, OH
    Oklahoma City: Oklahoma, OK
    Eugene: Oregon, OR
    Philadelphia: Pennsylvania, PA
    Providence: Rhode Island, RI
    Charleston: South Carolina, SC
    Sioux Falls: South Dakota, SD
    Memphis: Tennessee, TN
    Houston: Texas, TX
    Salt Lake City: Utah, UT
    Rutland: Vermont, VT
    Virginia Beach: Virginia, VA
    Seattle: Washington, WA
    Huntington: West Virginia, WV
    Milwaukee: Wisconsin, WI
    Cheyenne: Wyoming, WY
""")

_CANADA = _read("""
    Calgary: Alberta, AB
    Vancouver: British Columbia, BC
    Winnipeg: Manitoba, MB
    Moncton: New Brunswick, NB
    St. John's: Newfoundland and Labrador, NL, Newfoundland
    Yellowknife: Northwest Territories, NT
    Halifax: Nova Scotia, NS
    Iqaluit: Nunavut, NU
    Toronto: Ontario, ON
    Charlottetown: Prince Edward Island, PE
    Montréal: Quebec, Québec, QC
    Saskatoon: Saskatchewan, SK
    Whitehorse: Yukon, YT
""")

_AUSTRALIA = _read("""
    Canberra: Australian Capital Territory, ACT
    Sydney: New South Wales, NSW
    Darwin: Northern Territory, NT
    Brisbane: Queensland, QLD
    Adelaide: South Australia, SA
    Hobart: Tasmania, TAS
    Melbourne: Victoria, VIC
    Perth: Western Australia, WA
""")

_BRAZIL = _read("""
    Rio Branco: Acre, AC
    Maceió: Alagoas, AL
    Macapá: Amapá, AP
    Manaus: Amazonas, AM
    Salvador: Bahia, BA
    Fortaleza: Ceará, CE
    Brasília: Distrito Federal, DF
    Vila Velha: Espírito Santo, ES
    Goiânia: Goiás, GO
    São Luís: Maranhão, MA
    Cuiabá: Mato Grosso, MT
    Campo Grande: Mato Grosso do Sul, MS
    Belo Horizonte: Minas Gerais, MG
    Belém: Pará, PA
    João Pessoa: Paraíba, PB
    Curitiba: Paraná, PR
    Recife: Pernambuco, PE
    Teresina: Piauí, PI
    Rio de Janeiro: Rio de Janeiro, RJ
    Natal: Rio Grande do Norte, RN
    Porto Alegre: Rio Grande do Sul, RS
    Porto Velho: Rondônia, RO
    Boa Vista: Roraima, RR
    Joinville: Santa Catarina, SC
    São Paulo: São Paulo, SP
    Aracaju: Sergipe, SE
    Palmas: Tocantins, TO
""")

REGIONS = {"RU": _RUSSIA, "US": _UNITED_STATES, "CA": _CANADA, "AU": _AUSTRALIA, "BR": _BRAZIL}

_POSTCODES = """
101-135 Москва | 140-144 Московская область | 150-152 Ярославская область | 153-155 Ивановская область
156-157 Костромская область | 160-162 Вологодская область | 163-165 Архангельская область
166-166 Ненецкий автономный округ | 167-169 Коми | 170-172 Тверская область | 173-175 Новгородская область
180-182 Псковская область | 183-184 Мурманская область | 185-186 Карелия | 187-188 Ленинградская область
190-199 Санкт-Петербург | 214-216 Смоленская область | 236-238 Калининградская область | 241-243 Брянская область
248-249 Калужская область | 295-298 Крым | 299-299 Севастополь | 300-301 Тульская область | 302-303 Орловская область
305-307 Курская область | 308-309 Белгородская область | 344-347 Ростовская область | 350-354 Краснодарский край
355-357 Ставропольский край | 358-359 Калмыкия | 360-361 Кабардино-Балкария | 362-363 Северная Осетия | 364-366 Чечня
367-368 Дагестан | 369-369 Карачаево-Черкесия | 385-385 Адыгея | 386-386 Ингушетия | 390-391 Рязанская область
392-393 Тамбовская область | 394-397 Воронежская область | 398-399 Липецкая область | 400-404 Волгоградская область
410-413 Саратовская область | 414-416 Астраханская область | 420-423 Татарстан | 424-425 Марий Эл | 426-427 Удмуртия
428-429 Чувашия | 430-431 Мордовия | 432-433 Ульяновская область | 440-442 Пензенская область
443-446 Самарская область | 450-453 Башкортостан | 454-457 Челябинская область | 460-462 Оренбургская область
600-602 Владимирская область | 603-607 Нижегородская область | 610-613 Кировская область | 614-619 Пермский край
620-624 Свердловская область | 625-627 Тюменская область | 628-628 Югра | 629-629 ЯНАО
630-633 Новосибирская область | 634-636 Томская область | 640-641 Курганская область | 644-646 Омская область
649-649 Республика Алтай | 650-654 Кузбасс | 655-655 Хакасия | 656-659 Алтайский край | 660-663 Красноярский край
664-666 Иркутская область | 667-668 Тыва | 670-671 Бурятия | 672-674 Забайкальский край | 675-676 Амурская область
677-678 Якутия | 679-679 Еврейская автономная область | 680-682 Хабаровский край | 683-684 Камчатский край
685-686 Магаданская область | 689-689 Чукотка | 690-692 Приморский край | 693-694 Сахалинская область
"""


def _read_postcodes(text: str) -> dict[int, str]:
    """First three digits -> region, out of 'from-to region' between bars."""
    found = {}
    for part in text.replace("\n", "|").split("|"):
        if part.strip():
            span, region = part.strip().split(" ", 1)
            first, last = span.split("-")
            found.update(dict.fromkeys(range(int(first), int(last) + 1), region))
    return found


RUSSIAN_POSTCODES = _read_postcodes(_POSTCODES)
"""First three digits of a Russian postcode -> a name of its region, where one region has them."""
