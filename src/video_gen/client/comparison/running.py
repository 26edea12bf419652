"""Makes a comparison: the videos as a batch, then the picture that shows them side by side."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from video_gen.client.batch.plan import BatchItem
from video_gen.client.batch.results import BatchRow
from video_gen.client.batch.running import OnProgress
from video_gen.client.batch.running import make as make_batch
from video_gen.client.comparison.entry import ComparedVideo, Comparison
from video_gen.client.comparison.plan import ComparisonPlan
from video_gen.client.following import Follower
from video_gen.spec import usd

if TYPE_CHECKING:
    from video_gen.media.comparison import Strip


async def make(
    client: Follower,
    planned: ComparisonPlan,
    *,
    bounded: bool,
    sheet: Path,
    frames: int,
    on_progress: OnProgress | None,
) -> Comparison:
    """Make every video that is not made yet, and the picture; return them side by side."""
    from video_gen.media.comparison import check_comparison

    items = planned.batch.items
    check_comparison(len(items), sheet, frames=frames)
    done = await make_batch(
        client, planned.batch, at_once=len(items), bounded=bounded, on_row=lambda _: None, on_progress=on_progress
    )
    videos = [
        await _compared(client, planned.models[item.line - 1], item, row)
        for item, row in zip(items, done.rows, strict=True)
    ]
    shown = await asyncio.to_thread(_sheet, videos, sheet, frames)
    return Comparison(prompt=planned.prompt, videos=tuple(videos), sheet=shown)


async def _compared(client: Follower, asked: str, item: BatchItem, row: BatchRow) -> ComparedVideo:
    job = None if row.job_id is None else await client.jobs.get(row.job_id)
    if job is not None:  # a server says where files are there
        here = tuple(
            each.model_copy(update={"path": path}) for each, path in zip(job.artifacts, row.files, strict=True)
        )
        job = job.model_copy(update={"artifacts": here})
    return ComparedVideo(asked=asked, plan=item.plan, job=job, files=row.files, cost=row.cost, error=row.error)


def _sheet(videos: list[ComparedVideo], out: Path, frames: int) -> str | None:
    """Write the picture; return where it is, None where there is nothing to show."""
    from video_gen.media.comparison import comparison_sheet

    strips = [_strip(video) for video in videos]
    if all(strip.video is None for strip in strips):
        return None
    out.parent.mkdir(parents=True, exist_ok=True)
    return str(comparison_sheet(strips, out, frames=frames).absolute())


def _strip(video: ComparedVideo) -> "Strip":
    from video_gen.media.comparison import Strip

    if not video.files:
        return Strip(video.model, video.error.message if video.error else "no video", None)
    path = Path(video.files[0])
    if not path.is_file():
        return Strip(video.model, f"{path} is no longer there", None)
    took = () if video.took is None else (f"made in {video.took:.3g} s",)
    differs = (f"not as asked: {', '.join(video.differences)}",) if video.differences else ()
    return Strip(video.model, ", ".join([*video.delivered, usd(video.cost), *took, *differs]), path)
