from __future__ import annotations

from settings.secrets import plain_text_problems


def test_a_secret_in_plain_text_is_refused():
    secrets = {
        "A": "hunter2",
        "B": "ssm:/a",
        "C": {"secure": "v1:x"},
        "D": {"value": "hunter2"},
        "E": {"value": {"secure": "v1:x"}},
    }
    problems = list(plain_text_problems({"plataforma:secrets": secrets}, "staging"))
    assert [problem.path for problem in problems] == ["secrets.A", "secrets.D"]
    assert "make secret STACK=staging NAME=A" in problems[0].text
    assert "hunter2" not in str(problems)
