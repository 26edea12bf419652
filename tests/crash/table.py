"""Adds stories up, by wire."""

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from schedules import Story

HEAD = ("wire", "guarantee", "schedules", "kills", "told", "attempts", "accepted", "double", "lost", "adopted",
        "sent again", "written off")  # fmt: skip


@dataclass
class Table:
    """What became of all schedules so far."""

    seed: int
    rows: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    guarantees: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, name: str, story: Story, *, killed: bool = False) -> None:
        """Count a story; `killed`: it is wrong when nobody was killed in it."""
        wire = story.schedule.wire
        self.guarantees[wire.provider] = wire.guarantee
        self.rows[wire.provider].update(
            {
                "schedules": 1,
                "kills": story.kills,
                "told": story.told,
                "attempts": story.attempts,
                "accepted": story.accepted,
                "double": max(0, story.accepted - story.attempts),
                "lost": story.missing,
                **story.resolved,
            }
        )
        wrong = [*story.wrong, *(["nobody was killed"] if killed and not story.kills else [])]
        for each in wrong:
            again = f'--seed {self.seed} --wires {wire.provider} --only "{name}"'
            self.wrong.append(f"{story.schedule}\n  {each}\n  again: {again}\n")
            sys.stderr.write(self.wrong[-1])

    def text(self, seconds: float) -> str:
        """Return the table, and what is wrong."""
        lines = [HEAD]
        for wire, counts in self.rows.items():
            lines.append((wire, self.guarantees[wire], *(str(counts[name]) for name in HEAD[2:])))
        total = sum(self.rows.values(), Counter())
        lines.append(("all", "", *(str(total[name]) for name in HEAD[2:])))
        widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
        text = "\n".join(
            "  ".join(cell.ljust(width) if column < 2 else cell.rjust(width)
                      for column, (cell, width) in enumerate(zip(line, widths, strict=True))).rstrip()
            for line in lines
        )  # fmt: skip
        return f"{text}\n\nseed {self.seed}, {seconds:.0f} s, {len(self.wrong)} wrong\n"
