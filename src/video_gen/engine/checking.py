"""Whether a finished file is a complete, playable video, and how it differs from what was planned."""

from pathlib import Path

from video_gen.engine.ports import Checked
from video_gen.exceptions import MediaInputError, VerificationError
from video_gen.spec.plan import Plan


def verify_against_plan(path: Path, plan: Plan) -> Checked:
    """Check a file by its structure and by playing parts of it; see `media.verify`. Blocks.

    Raises:
        VerificationError: it is no complete, playable video.
    """
    # Loads the media libraries, which a process that only looks at jobs does without.
    from video_gen.media.verify import Expectation, verify

    settings = plan.settings
    expected = Expectation(
        seconds=settings.seconds,
        width=settings.width,
        height=settings.height,
        fps=settings.fps,
        audio=settings.audio,
    )
    try:
        found = verify(path, expected)
    except MediaInputError as error:
        raise VerificationError(error.message) from error
    return Checked(info=found.info, differences=tuple(str(each) for each in found.differences))
