"""Write docs/reference/events.md from video_gen.engine.kinds."""

from _generate import publish, table

from video_gen.engine.kinds import KINDS, Kind

HEAD = """\
# Events

<!-- Written by tools/events_table.py from src/video_gen/engine/kinds.py; `make docs` writes it again. -->

A job's history is made of events: `video-gen jobs show` and `/api/v1/tasks/{id}/events` show it, streams and
webhooks tell it as it happens ([how to be told](../how-to/be-told.md)). Each has a kind, a sentence for a person, and
facts for a program; amounts are in micro-dollars. A webhook asks for kinds or for patterns like `job.*`, and is told
what ends a job where it asks for none. New kinds may come with a new version.
"""


def row(kind: str, each: Kind) -> list[str]:
    """Return one kind's line."""
    return [f"`{kind}`", each.says, ", ".join(f"`{name}`" for name in each.facts), "yes" if each.ends else ""]


if __name__ == "__main__":
    rows = [row(kind, each) for kind, each in KINDS.items()]
    publish("events.md", f"{HEAD}\n{table(['kind', 'says', 'facts', 'ends the job'], rows)}\n")
