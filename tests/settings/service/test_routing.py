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


def test_exact_hosts_come_before_wildcards_and_these_before_paths_alone():
    rules = [
        Route(hosts=("a.shop.example.com",), paths=("/api/orders/*",)),
        Route(hosts=("a.shop.example.com",), paths=("/api/*",)),
        Route(hosts=("a.shop.example.com",)),
        Route(hosts=("*.shop.example.com",), paths=("/api/*",)),
        Route(hosts=("*.shop.example.com",)),
        route("/" + "a" * 127),
        route("/*"),
    ]
    found = [routing.priority(f"service-{n}", rule) for n, rule in enumerate(rules)]
    assert found == sorted(found)
    assert found[0] >= 1
    assert found[-1] <= 50_000


def test_of_a_hundred_services_with_a_host_each_hardly_two_share_a_priority():
    for kind in ("tenant", "shop", "customer-of-ours"):
        services = [f"{kind}-{number}" for number in range(1, 101)]
        found = {routing.priority(s, Route(hosts=(f"{s}.example.com",))) for s in services}
        assert len(found) >= 99, kind


def test_a_number_that_no_rule_has_is_offered():
    assert routing.free_priority({50, 51, 53}, 50) == 52
    assert routing.free_priority({50, 51, 53}, 50, rules=2) == 54
    assert routing.free_priority({49_999, 50_000}, 50_000) == 49_998
