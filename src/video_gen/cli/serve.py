"""`video-gen serve`: the server in the foreground."""

import asyncio
from typing import Annotated

import typer

from video_gen.cli.output import JsonOption, note, print_json


def serve(
    host: Annotated[str, typer.Option("--host", "-H", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
    open_: Annotated[
        bool,
        typer.Option("--open", help="Serve everybody who can reach it, without keys. On loopback it is so anyway."),
    ] = False,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Carry jobs out here, or leave that to other processes.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Serve every client that speaks HTTP, until Ctrl-C.

    Answers under way are finished before it ends, and jobs that are not finished go on with the next start.
    """
    from video_gen.config import Config
    from video_gen.server.serve import Place
    from video_gen.server.serve import serve as run

    def ready(url: str) -> None:
        if as_json:
            print_json({"url": url})
        note(f"Serving at {url} until Ctrl-C. The API is described at {url}/docs")

    place = Place(host=host, port=port, open=open_, runs_jobs=worker)
    asyncio.run(run(Config.from_environment(), place, on_ready=ready))
