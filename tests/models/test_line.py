"""Who is served next."""

import threading

from aiditor.models.line import PATIENCE, Line, Ticket


def tickets(*names):
    line, made = Line(), [Ticket(name, "cuda") for name in names]
    for ticket in made:
        line.join(ticket)
    return line, made


def test_first_come_first_served():
    line, (first, second) = tickets("a", "b")
    assert line.may_go(first, lambda _: True)
    assert not line.may_go(second, lambda _: True)


def test_one_for_a_free_model_overtakes_but_not_for_ever():
    line, (first, *others) = tickets("a", *"bcbcb")
    for ticket in others[:PATIENCE]:
        assert line.may_go(ticket, lambda other: other is not first)
        line.go(ticket)
    assert first.overtaken == line.overtakes == PATIENCE
    assert not line.may_go(others[PATIENCE], lambda other: other is not first)
    others[PATIENCE].holding = True  # others may wait for what it has, so it must get on
    assert line.may_go(others[PATIENCE], lambda other: other is not first)


def test_nobody_overtakes_for_the_same_model():
    line, (_, second) = tickets("a", "a")
    assert not line.may_go(second, lambda other: other is second)


def test_the_dead_do_not_stand_in_the_way():
    line, (ghost, alive) = tickets("a", "b")
    ghost.thread = threading.Thread()
    assert line.may_go(alive, lambda _: True)
    assert list(line) == [alive]
