"""Values and the Protocol contract: what protocol authors and every other room speak in.

Belongs here: frozen values that can be stored as JSON, and the pure functions that parse them.
Does not belong here: anything that reads a file, a clock, the environment or the network.
"""

from video_gen.spec.choice import AUTO, Choice, Decision, Excluded, PolicyName, Ranked, Reason, Tier
from video_gen.spec.geometry import Geometry, parse_ratio, parse_size, parse_tier
from video_gen.spec.health import Health
from video_gen.spec.job import Artifact, Attempt, AttemptState, ErrorFacts, Event, Job, Phase, Status
from video_gen.spec.media import UNMADE, AudioInfo, MediaInfo, MediaRef
from video_gen.spec.money import micro, usd
from video_gen.spec.operation import Done, Failed, Operation, Outcome, Output, Pending
from video_gen.spec.plan import Adjustment, Plan, Quote, QuoteLine, Settings, Task
from video_gen.spec.protocol import Adopts, Blob, Call, Context, Flow, Guarantee, Protocol, Reply
from video_gen.spec.provider import Provider
from video_gen.spec.request import CameraMotion, Request
from video_gen.spec.value import Value

__all__ = [
    "AUTO",
    "UNMADE",
    "Adjustment",
    "Adopts",
    "Artifact",
    "Attempt",
    "AttemptState",
    "AudioInfo",
    "Blob",
    "Call",
    "CameraMotion",
    "Choice",
    "Context",
    "Decision",
    "Done",
    "ErrorFacts",
    "Event",
    "Excluded",
    "Failed",
    "Flow",
    "Geometry",
    "Guarantee",
    "Health",
    "Job",
    "MediaInfo",
    "MediaRef",
    "Operation",
    "Outcome",
    "Output",
    "Pending",
    "Phase",
    "Plan",
    "PolicyName",
    "Protocol",
    "Provider",
    "Quote",
    "QuoteLine",
    "Ranked",
    "Reason",
    "Reply",
    "Request",
    "Settings",
    "Status",
    "Task",
    "Tier",
    "Value",
    "micro",
    "parse_ratio",
    "parse_size",
    "parse_tier",
    "usd",
]
