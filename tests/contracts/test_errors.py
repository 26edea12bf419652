"""The error tree is complete: one code, one exit code, one HTTP status and one place in the docs for each class."""

import inspect
import pickle
import re
from http import HTTPStatus
from pathlib import Path

import pytest

from video_gen import exceptions
from video_gen.exceptions import VideoGenerationError

PAGE = Path(__file__).parents[2] / "docs/reference/errors.md"
CLASSES = [
    each
    for each in vars(exceptions).values()
    if inspect.isclass(each) and issubclass(each, BaseException) and each.__module__ == exceptions.__name__
]
TREE_LINE = re.compile(
    r"^    (?P<branch>[│├└─ ]*)(?P<name>\w+Error)(?: \((?P<builtin>\w+)\))?(?:  +\S.*)?$",
    re.MULTILINE,
)


def drawn() -> dict[str, tuple[str | None, str | None]]:
    """Read the tree of the module docstring: each class with its parent and the built-in beside it."""
    found: dict[str, tuple[str | None, str | None]] = {}
    path: list[str] = []
    for line in TREE_LINE.finditer(exceptions.__doc__ or ""):
        depth = len(line["branch"]) // 4
        path[depth:] = [line["name"]]
        found[line["name"]] = (path[depth - 1] if depth else None, line["builtin"])
    return found


def test_every_error_has_one_root():
    assert {each for each in CLASSES if not issubclass(each, VideoGenerationError)} == set()
    assert len(CLASSES) > 20


def test_codes_are_unique():
    assert len({each.code for each in CLASSES}) == len(CLASSES)


@pytest.mark.parametrize("each", CLASSES)
def test_every_error_says_what_it_is_to_people_programs_and_shells(each: type[VideoGenerationError]):
    assert "code" in vars(each), "a code is not inherited"
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", each.code)
    assert "__doc__" in vars(each)
    assert (each.__doc__ or "").partition("\n")[0].endswith((".", ")."))
    assert 0 < each.exit_code < 126 or each.exit_code == 130, "a shell reads 126 and above as signals"
    assert 400 <= HTTPStatus(each.http_status) < 600
    assert isinstance(each.retryable, bool)


@pytest.mark.parametrize("each", CLASSES)
def test_every_error_survives_a_process_border(each: type[VideoGenerationError]):
    error = each("what happened", provider="acme", status_code=429, request_id="r-1", retry_after=2.5)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is each
    assert str(again) == str(error) == "what happened"
    assert again.facts() == error.facts()
    assert str(each()) == (each.__doc__ or "").partition("\n")[0]


def test_the_drawn_tree_is_the_tree():
    tree = {}
    for each in CLASSES:
        ours = [base.__name__ for base in each.__bases__ if issubclass(base, VideoGenerationError)]
        builtin = [base.__name__ for base in each.__bases__ if base.__module__ == "builtins" and base is not Exception]
        assert len(ours) <= 1
        assert len(builtin) <= 1
        tree[each.__name__] = (next(iter(ours), None), next(iter(builtin), None))
    assert drawn() == tree


@pytest.mark.parametrize("each", CLASSES)
def test_every_error_has_one_place_in_the_docs(each: type[VideoGenerationError]):
    assert PAGE.read_text(encoding="utf-8").splitlines().count(f"## {each.code}") == 1
