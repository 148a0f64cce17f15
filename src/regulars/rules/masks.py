"""What may be shown of a telephone or an address to who doesn't need it whole."""

__all__ = ["mask_email", "mask_phone"]


def mask_phone(shown: str) -> str:
    """`+7 ··· 45-67`: the country and the last digits."""
    if len(shown) <= 8:
        return "···"
    country, last = shown.split(maxsplit=1)[0], shown[-5:].lstrip("\u00a0 -")
    return f"{country if len(country) <= 4 else shown[:2]} ··· {last}"


def mask_email(address: str) -> str:
    """`m···@example.test`."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}···{at}{domain}"
