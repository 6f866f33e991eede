"""Log lines: what is masked, and how its numbers are coded."""

from __future__ import annotations

import math

import numpy as np
import pytest

from encoders.codes.template import TemplateEncoder, template_of
from encoders.contract import objects

ENCODER = TemplateEncoder()


@pytest.mark.parametrize(
    ("line", "template", "numbers"),
    [
        ("GET /items/42 200 1.5ms", "GET /items/<num> <num> <num>ms", [42.0, 200.0, 1.5]),
        ("Receiving block blk_-1608999687919862906 src: /10.250.19.102:54106", None, [1608999687919862906.0]),
        ("user 'o b' said \"it's 5\"", "user <text> said <text>", []),
        ("don't panic, it's 5", "don't panic, it's <num>", [5.0]),
        ("id 123e4567-e89b-12d3-a456-426614174000 done", "id <uuid> done", []),
        ("at 2026-09-21T14:13:20.123Z and 2026-09-21 14:13:20,5", "at <time> and <time>", []),
        ("on 2026-09-21 at 07:05:09", "on <time> at <time>", []),
        ("link 00:1b:44:11:3a:b7 up", "link <mac> up", []),
        ("peers fe80::1 2001:db8::8a2e:370:7334 ::1", "peers <ip> <ip> <ip>", []),
        ("std::vec at 0xDEADbeef hash deadbeef42", "std::vec at <hex> hash <hex>", []),
        ("deadbeef is a word, 1234567890 a number", "deadbeef is a word, <num> a number", [1234567890.0]),
        ("t=-3.5e-2 d=+7 a-9 1.2.3", "t=<num> d=<num> a-<num> <num>.<num>", [-0.035, 7.0, 9.0, 1.2, 3.0]),
        ("  two   blanks\tand a tab ", "two blanks and a tab", []),
        ("", "", []),
    ],
)
def test_what_is_masked(line: str, template: str | None, numbers: list[float]) -> None:
    expected = "Receiving block blk_-<num> src: /<ip>" if template is None else template
    assert template_of(line) == (expected, numbers)


def test_lines_of_one_template_differ_in_their_numbers_alone() -> None:
    codes = ENCODER.encode(objects(["took 12 ms", "took 9000 ms", "lost 12 ms"]), ENCODER.initial(3)).codes
    assert codes[0, :8].tobytes() == codes[1, :8].tobytes() != codes[2, :8].tobytes()
    assert codes[0, 8:].tolist() == codes[2, 8:].tolist()
    assert codes[1, 8:].tolist() == pytest.approx([0.5, math.log2(9001.0) / 6.0, 0.0, 0.0], abs=1e-6)


def test_larger_numbers_have_larger_codes_up_to_the_reach() -> None:
    lines = objects([*[f"x {value}" for value in ("-1e9", "-5", "0", "5", "1e3", "1e9", "1e200", "9" * 400)]])
    sizes = ENCODER.encode(lines, ENCODER.initial(8)).codes[:, 9]
    assert (np.diff(sizes)[:-1] > 0.0).all()
    assert sizes[[0, 1]].tolist() == (-sizes[[5, 3]]).tolist()
    assert sizes[-2:].tolist() == [8.0, 8.0]


def test_an_expected_line_is_read_as_its_template() -> None:
    state = ENCODER.initial(1)
    for line in ("took 12 ms", "lost link 3", "took 14 ms"):
        encoded = ENCODER.encode(objects([line]), state)
        state = encoded.state
    assert (state["used"] > 0).sum() == 2
    read = ENCODER.decode(encoded.codes + np.float32(0.01), state)
    assert read.values[0] == "took <num> ms"
    assert 0.9 < float(read.confidence[0]) < 1.0


def test_how_many_numbers_are_coded_is_set() -> None:
    assert TemplateEncoder(numbers=0).width == 9
    with pytest.raises(ValueError, match="validation error"):
        TemplateEncoder(numbers=17)
