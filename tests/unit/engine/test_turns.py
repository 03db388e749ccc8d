"""Chunks run in any order of threads and touch memory in the order of the log."""

from threading import Thread

from skywarden.engine.turns import Turns


def test_a_chunk_that_is_early_waits_for_those_before_it() -> None:
    turns, order = Turns(2), []

    def work(chunk: int, scopes: list[int]) -> None:
        for scope in scopes:
            with turns.take(scope, chunk):
                order.append((scope, chunk))
        turns.leave(chunk)

    last, middle = Thread(target=work, args=(2, [0, 1])), Thread(target=work, args=(1, [1]))
    last.start()
    middle.start()
    last.join(0.01)
    assert order == []
    work(0, [0])
    middle.join()
    last.join()
    assert [chunk for scope, chunk in order if scope == 0] == [0, 2]
    assert [chunk for scope, chunk in order if scope == 1] == [1, 2]


def test_a_chunk_that_raised_lets_the_next_go_on() -> None:
    turns = Turns(1)
    try:
        with turns.take(0, 0):
            raise ZeroDivisionError
    except ZeroDivisionError:
        turns.leave(0)
    with turns.take(0, 1):
        turns.leave(1)
