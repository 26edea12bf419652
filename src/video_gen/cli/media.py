"""`video-gen probe` and `stitch`: what a file is, and several files as one."""

from pathlib import Path
from typing import Annotated

import typer

from video_gen.cli.output import JsonOption, facts, note, print_json, say

Force = Annotated[bool, typer.Option("--force", "-f", help="Replace the file if it exists.")]


def probe(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Video files.")],
    thorough: Annotated[bool, typer.Option("--thorough", help="Decode every frame to find damage.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what a video file is, and whether it is whole and playable."""
    from video_gen.media.verify import Expectation, verify

    for index, path in enumerate(files):
        info = verify(path, Expectation(), thorough=thorough).info
        if as_json:
            print_json({"file": str(path), **info.model_dump(mode="json")})
            continue
        if index:
            say()
        audio = info.audio
        facts(
            [
                ("file", str(path)),
                ("length", f"{info.seconds:.3f} s" + (f", {info.frames} frames" if info.frames else "")),
                ("picture", f"{info.width}x{info.height} at {info.fps:g} fps, {info.codec} {info.pixel_format}"),
                ("rotation", f"{info.rotation} degrees" if info.rotation else ""),
                ("colour", info.color or "not said"),
                ("sound", f"{audio.codec}, {audio.rate} Hz, {audio.channels} channels" if audio else "none"),
                ("container", info.container),
                (
                    "starts at once",
                    "" if info.faststart is None else ("yes" if info.faststart else "no, index at the end"),
                ),
                ("bytes", f"{info.bytes:,}"),
                *((f"tag {name}", value) for name, value in info.tags.items()),
            ]
        )


def stitch(
    clips: Annotated[list[Path], typer.Argument(metavar="CLIP...", help="Video files, in order.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The file to write.")],
    crossfade: Annotated[
        float, typer.Option("--crossfade", metavar="SECONDS", help="Blend one clip into the next.")
    ] = 0.0,
    force: Force = False,
    as_json: JsonOption = False,
) -> None:
    """Join clips into one video: copied where the streams fit, re-encoded where they do not; sound stays in sync."""
    from video_gen.cli.files import refuse_existing
    from video_gen.cli.progress import steps
    from video_gen.media.stitch import stitch as join

    refuse_existing(out, force=force)
    with steps(f"stitching {len(clips)} clip{'' if len(clips) == 1 else 's'}") as progress:
        info = join(clips, out, crossfade=crossfade, progress=progress)
    if as_json:
        print_json({"file": str(out), **info.model_dump(mode="json")})
        return
    note(f"{info.seconds:.2f} s, {info.width}x{info.height}, {info.fps:g} fps")
    say(str(out))
