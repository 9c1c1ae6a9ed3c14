"""Schedule expressions as EventBridge and Application Auto Scaling take them."""

from __future__ import annotations

import pytest

from limits import schedules, windows

GOOD = [
    "cron(0 8 * * ? *)",
    "cron(0 8 ? * MON-FRI *)",
    "cron(0/15 8,20 ? * 2-6 2027-2030)",
    "cron(15 10 ? * 6L *)",
    "cron(0 8 LW JAN,JUL ? *)",
    "cron(0 8 15W * ? *)",
    "cron(0 8 ? * 3#2 *)",
    "rate(1 minute)",
    "rate(12 hours)",
    "at(2027-01-31T08:00:00)",
]
BAD = {
    "cron(0 8 * * *)": "cron needs 6 fields",
    "cron(60 8 * * ? *)": "minutes: '60' is not of 0 to 59",
    "cron(0 24 * * ? *)": "hours: '24' is not of 0 to 23",
    "cron(0 8 0 * ? *)": "day of month: '0' is not of 1 to 31",
    "cron(0 8 * 13 ? *)": "month: '13' is not of 1 to 12 or JAN-DEC",
    "cron(0 8 ? * 0 *)": "day of week: '0' is not of 1 to 7 or SUN-SAT",
    "cron(0 8 ? * 2#6 *)": "day of week: '2#6'",
    "cron(0 8 ? * 2#1,3#1 *)": "with # there is one expression",
    "cron(0 8 * * ? 2200)": "year: '2200' is not of 1970 to 2199",
    "cron(0 8 * * * *)": "exactly one of day of month and day of week must be ?",
    "cron(0 8 ? * ? *)": "exactly one of day of month and day of week must be ?",
    "cron(? 8 * * ? *)": "minutes: ? stands alone",
    "cron(0 L * * ? *)": "hours: 'L'",
    "cron(*/0 8 * * ? *)": "minutes: '*/0' has no step",
    "rate(5 minute)": "it is 5 minutes",
    "rate(1 hours)": "it is 1 hour",
    "rate(0 days)": "rate needs a positive number",
    "at(2027-02-30T08:00:00)": "a time that exist",
    "every day": "is none of cron(...), rate(...), at(...)",
}


@pytest.mark.parametrize("expression", GOOD)
def test_what_aws_takes_has_no_problem(expression: str):
    assert schedules.problem(expression) == ""


@pytest.mark.parametrize("expression", BAD)
def test_what_aws_refuses_has_a_problem(expression: str):
    assert BAD[expression] in schedules.problem(expression)


def test_windows_have_a_form_and_a_length():
    assert windows.daily(30)("23:45-00:15") == ""
    assert windows.daily(30)("03:00-03:10") == "is 10 minutes long, 30 at least"
    assert windows.daily(30)("3:00-4:00") == "is not of the form hh:mm-hh:mm"
    assert windows.weekly(60)("sat:23:30-sun:00:30") == ""
    assert windows.weekly(60)("mon:05:00-mon:05:30") == "is 30 minutes long, 60 at least"
