"""Functions that make videos, one for each backend, and one that strings clips together.

    from video_gen.video_generator import generate_video

    path = generate_video("Cinematic ocean waves at sunset", backend="sora2")

Each takes plain values and returns the path of a file. Behind them stands the same store as behind `video_gen.Client`:
what was paid for is not lost when the program dies, and asking for it again does not pay again.

Belongs here: signatures. Does not belong here: what a backend's client does (`providers`).
"""

from video_gen.video_generator.functions import (
    generate_video,
    generate_video_with_azure_sora,
    generate_video_with_runway,
    generate_video_with_runway_veo,
    generate_video_with_sora2,
    generate_video_with_veo3,
)
from video_gen.video_generator.sequence import extract_last_frame_as_png, generate_video_sequence_with_veo3_stitching

__all__ = [
    "extract_last_frame_as_png",
    "generate_video",
    "generate_video_sequence_with_veo3_stitching",
    "generate_video_with_azure_sora",
    "generate_video_with_runway",
    "generate_video_with_runway_veo",
    "generate_video_with_sora2",
    "generate_video_with_veo3",
]
