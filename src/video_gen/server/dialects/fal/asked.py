"""What a request's body says."""

from video_gen.server.dialects.inputs import ModelInput, also


class Input(ModelInput):
    """What a model is given. Each of fal's models has names of its own: these are what most of them share."""

    image: str | None = also("image_url", "start_image_url", "first_frame_url", "first_image_url")
    last_frame: str | None = also("end_image_url", "tail_image_url", "last_frame_url")
    references: list[str] | None = also("image_urls", "reference_image_urls")
    video: str | None = also("video_url")
    duration: float | str | None = also("duration", "seconds")
    fps: float | None = also("fps", "frames_per_second")
    audio: bool | None = also("generate_audio", "generate_audio_switch", "audio")
    count: int | None = also("num_images", "count")
