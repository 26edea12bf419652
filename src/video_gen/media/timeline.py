"""What of a video's picture track is shown, and when: edit lists, discarded frames and open ends included."""

from dataclasses import dataclass
from typing import Self

from video_gen.exceptions import VerificationError
from video_gen.media.opening import OpenVideo, exact, moment


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """The shown part of a picture track, in ticks of its time base."""

    start: int
    """When the first frame is shown."""
    end: int
    """When the last frame ceases to be shown."""
    frames: int
    """Frames shown."""
    trimmed: bool
    """Some coded frames are not shown: an edit list cuts them off."""

    @classmethod
    def of(cls, video: OpenVideo) -> Self:
        """Read it from the index where there is one, else by walking through the packets; leaves the video rewound.

        Raises:
            VerificationError: no frame is shown.
        """
        timeline = cls._from_index(video) if video.structure.indexed else cls._from_packets(video)
        if not timeline.frames or timeline.end <= timeline.start:
            raise VerificationError(f"`{video.path}` shows no picture: its index is empty, or cuts every frame off")
        return timeline

    @classmethod
    def _from_index(cls, video: OpenVideo) -> Self:
        stream = video.stream
        hidden = sum(entry.is_discard for entry in stream.index_entries)
        start = stream.start_time or 0
        return cls(
            start=start,
            end=start + (stream.duration or 0),
            frames=len(stream.index_entries) - hidden,
            trimmed=hidden > 0,
        )

    @classmethod
    def _from_packets(cls, video: OpenVideo) -> Self:
        rate = exact(video.stream.average_rate)
        usual = round(1 / (rate * video.time_base)) if rate else 1
        first = last = None
        end = count = hidden = 0
        video.rewind()
        for packet in video.container.demux(video.stream):
            if not packet.size:
                continue
            if packet.is_discard:
                hidden += 1
                continue
            count += 1
            now = moment(packet)
            first = now if first is None else min(first, now)
            if last is None or now > last:
                rounded = abs((packet.duration or usual) - usual) <= 1  # Matroska counts milliseconds
                last, end = now, now + (usual if rounded else packet.duration or usual)
        video.rewind()
        return cls(start=first or 0, end=end, frames=count, trimmed=hidden > 0)
