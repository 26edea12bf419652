"""Plain mappings and lists out of YAML or JSON; loaded when a file is read, as few programs read one."""

import json
import re
from pathlib import Path

import yaml

from video_gen.exceptions import InvalidRequestError


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML brings no types
    """YAML as people write it: `16:9` and dates stay text, `yes` is true, and no name stands twice."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse a name that stands twice: which of the two was meant?"""
        seen = set[str]()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"`{key.value}` stands here twice", key.start_mark)
            seen.add(str(key.value))
        super().flatten_mapping(node)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE|yes|Yes|no|No|on|On|off|Off", "tTfFyYnNoO"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", "-+0123456789."),
    ("null", r"~|null|Null|NULL|", "~nN"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), [*_first, ""])


def parsed(data: bytes, path: Path) -> object:
    """Return what a file says: JSON where it is named so, else YAML.

    Raises:
        InvalidRequestError: it is neither; names the file and the line.
    """
    try:
        text = data.decode("utf-8-sig")
        return json.loads(text) if path.suffix.lower() == ".json" else yaml.load(text, _Loader)  # noqa: S506 - a safe one
    except UnicodeDecodeError:
        raise InvalidRequestError(f"`{path}` is no text: save it as UTF-8") from None
    except json.JSONDecodeError as error:
        raise InvalidRequestError(f"{path}, line {error.lineno}: this is no JSON: {error.msg}") from None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InvalidRequestError(f"{path}{line}: {error.problem or 'this is no YAML'}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidRequestError(f"{path}: this is no YAML: {error}") from None
