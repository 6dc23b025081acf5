"""Signals that end a run."""

import os
import signal

import pytest

from modelry.bench.interrupts import Interrupts


def test_a_signal_waits_while_it_is_held_and_is_raised_then() -> None:
    interrupts, steps = Interrupts(), []

    def held() -> None:
        with interrupts.ending(), interrupts.held():
            os.kill(os.getpid(), signal.SIGTERM)
            steps.append("not disturbed")

    with pytest.raises(SystemExit) as ended:
        held()
    assert ended.value.code == 143
    assert steps == ["not disturbed"]


def test_no_further_signal_disturbs_the_end() -> None:
    steps = []

    def interrupted() -> None:
        with Interrupts().ending():
            try:
                os.kill(os.getpid(), signal.SIGINT)
            finally:
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGTERM)
                steps.append("ended")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert steps == ["ended"]


def test_afterwards_signals_are_as_they_were() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Interrupts().ending():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_the_program_was_told_to_ignore_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts().ending():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
