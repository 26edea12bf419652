"""`video-gen frames`: pictures out of a video."""

from pathlib import Path
from typing import Annotated

import typer

from video_gen.cli.files import refuse_existing
from video_gen.cli.media import Force
from video_gen.cli.output import JsonOption, print_json, say

app = typer.Typer(
    help="Take pictures out of a video: its last frame, any frame, a thumbnail, a sheet, a preview.",
    no_args_is_help=True,
)

VideoArgument = Annotated[Path, typer.Argument(metavar="VIDEO", help="A video file.")]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Default: beside the video.")]


@app.command("last")
def last(video: VideoArgument, out: OutOption = None, force: Force = False, as_json: JsonOption = False) -> None:
    """Write the last frame as PNG, exact to the frame: the start of the next clip."""
    from video_gen.media.frames import last_frame

    _done(last_frame(video, _target(video, out, "_last.png", force=force)), as_json=as_json)


@app.command("at")
def at(
    video: VideoArgument,
    seconds: Annotated[float, typer.Argument(metavar="SECONDS", help="The moment, from the start.")],
    out: OutOption = None,
    force: Force = False,
    as_json: JsonOption = False,
) -> None:
    """Write the frame shown at a moment as PNG."""
    from video_gen.media.frames import frame_at

    _done(frame_at(video, seconds, _target(video, out, f"_{seconds:g}s.png", force=force)), as_json=as_json)


@app.command("thumbnail")
def thumbnail(
    video: VideoArgument,
    out: OutOption = None,
    max_side: Annotated[int, typer.Option("--max-side", help="Longer side in pixels.")] = 640,
    force: Force = False,
    as_json: JsonOption = False,
) -> None:
    """Write a small picture that stands for the video (WebP, JPEG or PNG by the name's ending)."""
    from video_gen.media.frames import thumbnail as make

    _done(make(video, _target(video, out, "_thumbnail.webp", force=force), max_side=max_side), as_json=as_json)


@app.command("sheet")
def sheet(
    video: VideoArgument,
    out: OutOption = None,
    columns: Annotated[int, typer.Option("--columns", help="Pictures across.")] = 4,
    rows: Annotated[int, typer.Option("--rows", help="Pictures down.")] = 3,
    force: Force = False,
    as_json: JsonOption = False,
) -> None:
    """Write a contact sheet: frames spread over the video in one picture."""
    from video_gen.media.sheet import contact_sheet

    target = _target(video, out, "_sheet.webp", force=force)
    _done(contact_sheet(video, target, columns=columns, rows=rows), as_json=as_json)


@app.command("preview")
def preview(video: VideoArgument, out: OutOption = None, force: Force = False, as_json: JsonOption = False) -> None:
    """Write a small moving preview (animated WebP, or GIF when the name ends so)."""
    from video_gen.media.preview import preview as make

    _done(make(video, _target(video, out, "_preview.webp", force=force)), as_json=as_json)


def _target(video: Path, out: Path | None, suffix: str, *, force: bool) -> Path:
    target = out or video.with_name(video.stem + suffix)
    refuse_existing(target, force=force)
    return target


def _done(path: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(path)})
    else:
        say(str(path))
