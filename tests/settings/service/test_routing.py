from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from settings.service import routing
from settings.service.route import Route

patterns = st.lists(st.sampled_from(["a", "b", "*", "?", "/"]), max_size=4).map("".join)
paths = patterns.map(lambda text: "/" + text)


def route(path: str) -> Route:
    return Route.model_construct(paths=(path,), hosts=(), priority=None)


@given(one=paths, two=paths, request=st.text("ab/", max_size=5))
def test_a_request_that_two_accepted_rules_match_goes_to_the_more_specific(
    one: str, two: str, request: str
):
    if list(routing.conflicts("one", route(one), "two", route(two))):
        return
    path = "/" + request
    if not (fnmatchcase(path, one) and fnmatchcase(path, two)):
        return
    inner, outer = (one, two) if fnmatchcase(one, two) else (two, one)
    first = {"one": one, "two": two}[
        min(
            ["one", "two"],
            key=lambda name: routing.priority(name, route({"one": one, "two": two}[name])),
        )
    ]
    assert fnmatchcase(inner, outer)
    assert first == inner


def test_adding_a_service_moves_no_other_rule():
    assert routing.priority("backend", route("/api/*")) == routing.priority(
        "backend", Route(paths=("/api/*",))
    )
    assert 1 <= routing.priority("x", Route(hosts=("a.example.com",))) < 20_000
    assert routing.priority("x", route("/" + "a" * 127)) > 20_000
