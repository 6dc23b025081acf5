"""Labels become others in few requests, in order, and are never all gone."""

from hypothesis import given
from hypothesis import strategies as st

from modelry.terraform.ordering import Pair, steps

LABELS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("12")), unique_by=lambda pair: pair[0])


def carried_out(are: list[Pair], wanted: list[Pair]) -> list[list[Pair]]:
    """What there is after each request, as the server carries them out."""
    there, after = dict(are), []
    for step in steps(are, wanted):
        if step.does == "write":
            there |= dict(step.labels)
        else:
            there = {key: value for key, value in there.items() if key not in step.keys}
        after.append(list(there.items()))
    return after


@given(LABELS, LABELS)
def test_the_last_request_leaves_what_is_wanted_in_its_order(are: list[Pair], wanted: list[Pair]) -> None:
    assert [are, *carried_out(are, wanted)][-1] == wanted


@given(LABELS, LABELS.filter(bool))
def test_a_wanted_label_is_there_at_each_moment(are: list[Pair], wanted: list[Pair]) -> None:
    for there in carried_out(are, wanted):
        assert set(there) & set(wanted)


@given(LABELS, LABELS)
def test_three_requests_are_the_most(are: list[Pair], wanted: list[Pair]) -> None:
    assert len(carried_out(are, wanted)) <= 3


@given(LABELS)
def test_nothing_is_asked_where_nothing_changes(are: list[Pair]) -> None:
    assert carried_out(are, are) == []
