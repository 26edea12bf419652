"""Every kind of event that is noted anywhere is listed, with the facts that come with it, and none that is not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import video_gen
from video_gen.engine.kinds import ENDS, KINDS, check_kind
from video_gen.exceptions import InvalidRequestError
from video_gen.spec import Status

ENGINE = Path(video_gen.__file__).parent / "engine"
FAMILIES = {kind.partition(".")[0] for kind in KINDS}
NODES = [
    node
    for path in sorted(ENGINE.glob("*.py"))
    if path.name != "kinds.py"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
]
CALLS = [node for node in NODES if isinstance(node, ast.Call)]


def texts(nodes: list[ast.expr]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def is_kind(text: str) -> bool:
    return bool(re.fullmatch(r"[a-z]+\.[a-z_]+", text)) and text.partition(".")[0] in FAMILIES


def noted() -> Iterator[tuple[str, set[str]]]:
    """Yield each kind that is written down in a call of `Note`, with the names of its facts where those are too."""
    for call in CALLS:
        if isinstance(call.func, ast.Name) and call.func.id == "Note":
            facts = [ast.literal_eval(key) for data in call.args[2:] if isinstance(data, ast.Dict) for key in data.keys]
            yield from ((kind, set(facts)) for kind in texts(call.args[:1]))


def test_every_kind_that_is_noted_is_listed():
    given = {text for call in CALLS for text in texts([*call.args, *(each.value for each in call.keywords)])}
    assert {kind for kind, _ in noted()} <= KINDS.keys()
    assert {text for text in given if is_kind(text)} == KINDS.keys()


def test_every_fact_that_is_noted_is_listed():
    assert {kind: facts - set(KINDS[kind].facts) for kind, facts in noted() if facts - set(KINDS[kind].facts)} == {}


def test_there_is_an_end_for_each_way_to_end():
    assert {kind.partition(".")[2] for kind in ENDS} == {each.value for each in Status if each.terminal} | {"given_up"}


@pytest.mark.parametrize(
    ("kind", "meant"),
    [("job.complete", "job.completed"), ("jobs.failed", "job.failed"), ("attempt.submited", "attempt.submitted")],
)
def test_a_misspelled_kind_is_told_the_right_one(kind: str, meant: str):
    with pytest.raises(InvalidRequestError, match=f"did you mean `{re.escape(meant)}`"):
        check_kind(kind)


def test_a_pattern_has_to_fit_something():
    for kind in ("job.*", "*", "*.queued", "artifact.stored"):
        check_kind(kind)
    with pytest.raises(InvalidRequestError, match="no kind of event `video"):
        check_kind("video.*")
