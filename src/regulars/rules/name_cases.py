"""A Russian first name in the case that a sentence needs: 'Анне', 'Любови', 'Петру'.

Owns which names are known to be declined, and mends of the library's spelling. A name that isn't known, or is foreign,
stays as it is; whether somebody is a man or a woman is never told to anybody. Pure.
"""

from __future__ import annotations

from functools import lru_cache

from pytrovich.enums import Case, Gender, NamePart
from pytrovich.maker import PetrovichDeclinationMaker

__all__ = ["CASES", "in_case"]

CASES = {
    "nominative": None, "genitive": Case.GENITIVE, "dative": Case.DATIVE, "accusative": Case.ACCUSATIVE,
    "instrumental": Case.INSTRUMENTAL, "prepositional": Case.PREPOSITIONAL,
}  # fmt: skip
"""Case by its name; nominative is the name itself."""

_MALE = """
александр алексей анатолий андрей антон аркадий арсений артем артемий артур богдан борис вадим валентин валерий василий
вениамин виктор виталий владимир владислав всеволод вячеслав геннадий георгий герман глеб григорий даниил данил денис
дмитрий евгений егор ефим захар иван игнат игорь илья иннокентий иосиф кирилл константин кузьма лев леонид лука макар
максим марат марк матвей мирон михаил назар никита николай олег павел петр платон прохор роберт родион роман ростислав
руслан рустам савелий семен сергей станислав степан тарас тимофей тимур тихон федор филипп фома эдуард эльдар эмиль юлий
юрий яков ян ярослав ринат рамиль ильдар ренат дамир камиль тигран ашот гарик рашид рафаэль дима миша коля вова
леша алеша паша гриша гоша гена толя юра петя вася ваня костя сережа андрюша антоша денис боря федя степа тема леня витя
володя илюша кирюша саня стас влад макс
"""
_FEMALE = """
алевтина александра алена алеся алина алиса алла альбина анастасия ангелина анжела анжелика анна антонина арина ася
валентина валерия варвара василиса вера вероника виктория виолетта галина дарина дарья диана дина ева евгения евдокия
екатерина елена елизавета есения жанна зинаида злата зоя инга инесса инна ирина карина катерина кира клавдия ксения лада
лариса лаура лиана лидия лилия лия любовь людмила майя маргарита марина мария марта марьяна милана милена мирослава
надежда наталия наталья нелли ника нина нонна оксана олеся ольга пелагея полина раиса регина римма роза руслана руфина
светлана серафима снежана софия софья стефания таисия тамара татьяна ульяна фаина эвелина элина эльвира эльза эмилия эмма
юлиана юлия яна ярослава гульнара зульфия альфия аида лейла динара эльмира венера аня маша даша катя лена оля таня наташа
настя юля ира света галя надя люба люда лиза соня поля ксюша вика рита нюра тоня зина тамара лида нина варя ульяша марьям
любава фатима амина камила сабина зарина
"""
_EITHER = "саша женя валя шура слава сима паша"
_KNOWN = {
    **dict.fromkeys(_MALE.split(), Gender.MALE),
    **dict.fromkeys(_FEMALE.split(), Gender.FEMALE),
    **dict.fromkeys(_EITHER.split(), Gender.ANDROGYNOUS),
}
_HUSHING = "жшчщкгх"
_HISSING = "жшчщц"


def in_case(name: str, case: str) -> str:
    """The name in that case (a key of CASES); each part of a double name that is known."""
    wanted = CASES[case]
    return name if wanted is None else "-".join(_declined(part, wanted) for part in name.split("-"))


@lru_cache(maxsize=4096)
def _declined(part: str, case: Case) -> str:
    gender = _KNOWN.get(part.lower().replace("ё", "е"))
    if gender is None:
        return part
    plain = part.capitalize() if part.isupper() or part.islower() else part
    found = _mended(plain, str(_maker().make(NamePart.FIRSTNAME, gender, case, plain)))
    return found.upper() if part.isupper() else found.lower() if part.islower() else found


def _mended(name: str, declined: str) -> str:
    """After ж, ш, ч, щ, к, г, х there is no ы, and after hissing sounds no unstressed -ой: 'Саши', 'Сашей'."""
    if name[-1] != "а":
        return declined
    if declined[-1] == "ы" and name[-2] in _HUSHING:
        return declined[:-1] + "и"
    return declined[:-2] + "ей" if declined.endswith("ой") and name[-2] in _HISSING else declined


@lru_cache(maxsize=1)
def _maker() -> PetrovichDeclinationMaker:
    return PetrovichDeclinationMaker()
