"""The turnstile: writers of one process pass in the order of their coming, and nobody waits for ever."""

import threading

import pytest

from service.kernel import turnstile


def test_writers_pass_the_turnstile_in_the_order_of_their_coming() -> None:
    queue, order, ready = turnstile.Turnstile(), [], [threading.Event() for _ in range(4)]

    def pass_through(number: int) -> None:
        ready[number].set()
        with queue.passing():
            order.append(number)

    threads = [threading.Thread(target=pass_through, args=(number,)) for number in range(4)]
    with queue.passing():
        for number, thread in enumerate(threads):
            thread.start()
            assert ready[number].wait(10)
            while queue.length < number + 1:
                pass
        assert order == []
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3]


def test_whoever_waits_too_long_at_the_turnstile_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "BUSY_SECONDS", 0.05)
    queue = turnstile.Turnstile()
    with queue.passing():
        with pytest.raises(TimeoutError), queue.passing():
            pass
        assert queue.length == 0
    with queue.passing():
        pass
