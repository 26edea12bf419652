"""What the embedded renderer writes into its files: that it is no AI model."""

from video_gen.spec import Settings

NOTICE = "Local draft by video-gen's embedded renderer, not made by an AI model."


def label(settings: Settings) -> dict[str, str]:
    """Return the metadata of a draft: what it shows, and what made it."""
    return {"title": settings.prompt[:200] or "Local draft", "comment": NOTICE}
