"""Where an address that somebody typed in may lead."""

import ipaddress
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.base.ssrf import Forbidden, Unresolved, is_allowed, place


def to(*addresses: str) -> Callable[[str, int], list[str]]:
    return lambda host, port: list(addresses)


INWARD = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1",
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "::7f00:1",
]  # fmt: skip


@pytest.mark.parametrize("address", INWARD)
def test_no_address_of_the_inside_may_be_called(address: str) -> None:
    with pytest.raises(Forbidden) as refused:
        place("http://shop.example/", "public", to(address))
    assert refused.value.code == "address"


def test_one_inward_address_among_many_forbids_all() -> None:
    with pytest.raises(Forbidden):
        place("https://shop.example/", "public", to("93.184.216.34", "127.0.0.1"))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://shop.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://shop.example/", "scheme"),
        ("//shop.example/", "scheme"),
        ("http://user:pw@shop.example/", "credentials"),
        ("http://shop.example@127.0.0.1/", "credentials"),
        ("http://shop.example:22/", "port"),
        ("https://shop.example:80/", "port"),
        ("http://127.1/", "host"),
        ("http://2130706433/", "host"),
        ("http://0x7f.1/", "host"),
        ("http://0177.0.0.1/", "host"),
        ("http:///x", "host"),
        ("http://[::1%25eth0]/", "host"),
        ("http://a..b/", "host"),
    ],
)
def test_odd_addresses_are_refused_before_anybody_is_asked(url: str, code: str) -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host} was looked up")

    with pytest.raises(Forbidden) as refused:
        place(url, "public", nobody)
    assert refused.value.code == code


def test_the_address_that_was_checked_is_the_one_to_connect_to() -> None:
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

    found = place("https://shop.example/hook?x=1", "public", rebinding)
    assert found.url == "https://93.184.216.34:443/hook?x=1"
    assert (found.host, found.name) == ("shop.example", "shop.example")
    assert len(asked) == 1


def test_a_name_without_an_address_is_no_place() -> None:
    with pytest.raises(Unresolved):
        place("https://shop.example/", "public", to())


def test_from_a_playground_only_this_machine_is_reached() -> None:
    assert place("http://localhost:8080/in", "machine", to("127.0.0.1")).url == "http://127.0.0.1:8080/in"
    for outside in ("93.184.216.34", "10.0.0.1", "::ffff:8.8.8.8"):
        with pytest.raises(Forbidden):
            place("http://localhost/", "machine", to(outside))
    with pytest.raises(Forbidden):
        place("http://shop.example/", "machine", to("127.0.0.1"))


def test_a_private_network_may_be_allowed_but_never_this_machine_or_its_host() -> None:
    assert place("http://192.168.1.5:8080/", "lan").host == "192.168.1.5:8080"
    for address in ("127.0.0.1", "::1", "169.254.169.254", "fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"):
        assert not is_allowed(ipaddress.ip_address(address), "lan")


@given(st.integers(0, 2**32 - 1))
def test_wrapping_an_address_never_makes_it_reachable(number: int) -> None:
    plain = ipaddress.IPv4Address(number)
    for reach in ("public", "lan", "machine"):
        allowed = is_allowed(plain, reach)  # type: ignore[arg-type]
        mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
        nat64 = ipaddress.IPv6Address((0x64FF9B << 96) | number)
        sixtofour = ipaddress.IPv6Address((0x2002 << 112) | (number << 80))
        for wrapped in (mapped, nat64, sixtofour):
            assert is_allowed(wrapped, reach) == allowed  # type: ignore[arg-type]
