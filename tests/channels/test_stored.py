"""A message's bytes come back as they went out, packed or from before there was packing."""

from hypothesis import given
from hypothesis import strategies as st

from regulars.outbox.stored import pack, unpack


@given(st.binary(max_size=100_000))
def test_bytes_come_back_as_they_went(raw: bytes) -> None:
    assert unpack(pack(raw), True) == raw
    assert unpack(memoryview(raw), False) == raw


def test_a_letter_takes_a_third_of_the_room() -> None:
    letter = b"".join(b'<td style="padding: 0 24px; color: #%06x">line %d</td>\r\n' % (n * 7919, n) for n in range(200))
    assert len(pack(letter)) < len(letter) / 3
