"""Every error video-gen raises on purpose. Imports nothing.

    VideoGenerationError                     anything that goes wrong; catch this to catch all
    ├── ConfigurationError (ValueError)      a setting or key is missing or wrong
    │   └── StoreLockedError                 another process runs this store
    ├── InvalidRequestError (ValueError)     what was asked cannot be done; nothing was spent
    │   ├── UnknownModelError                no such model in the catalog
    │   ├── UnsupportedOptionError           the model does not take this value (with `strict`)
    │   ├── ModelRetiredError                its owner has switched the model off
    │   ├── MediaInputError                  a picture or video handed in is not usable
    │   │   └── MediaNotFoundError (FileNotFoundError)
    │   ├── SpendLimitError                  the quote is above a ceiling
    │   │   └── DailyLimitError              the day's money or number of jobs is used up
    │   └── JobStateError                    the job is not in a state that allows this
    ├── JobNotFoundError (LookupError)       no such job
    ├── KeyNotFoundError (LookupError)       no such API key
    ├── WebhookNotFoundError (LookupError)   no such webhook, or no such delivery
    ├── ApiRequestError (RuntimeError)       a provider refused or could not be reached
    │   ├── AuthenticationError              key missing, wrong, or not allowed
    │   ├── InsufficientCreditsError         the account has no credit or quota left
    │   ├── RateLimitError                   too many requests; see `retry_after`
    │   ├── ServiceUnavailableError          provider down, overloaded or unreachable
    │   ├── RetryExhaustedError              every allowed try failed
    │   ├── SubmissionUnknownError           a submit was sent and its answer lost: it may be paid
    │   └── JobFailedError                   the provider accepted the job and then failed it
    │       ├── ContentPolicyError           refused by a safety filter
    │       │   └── AudioFilteredError       the picture passed, the sound did not
    │       └── NoVideoError                 reported as done, without a video
    ├── VideoProcessingError (RuntimeError)  a video file cannot be read, written or joined
    │   └── VerificationError                a file is not what was promised
    ├── StorageError (OSError)               the store or the disk refused
    ├── QueueFullError                       too many jobs wait already; see `retry_after`
    ├── WaitTimeoutError (TimeoutError)      waiting ended; the job goes on
    ├── DeadlineExceededError (TimeoutError)  the job took longer than its caller allowed, and was given up
    └── JobCancelledError                    the job was cancelled

Each class has a stable `code` (for programs), `retryable` (the same call may work later), `exit_code`
(of the command line) and `http_status` (of the server). An instance may carry the `provider`,
the provider's own `status_code` and `request_id`, and `retry_after` in seconds. The docstring's first line is
the default message.
"""

from typing import Any, ClassVar


class VideoGenerationError(Exception):
    """Video generation failed."""

    code: ClassVar[str] = "video_generation_error"
    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(
        self,
        message: str | None = None,
        *,
        provider: str | None = None,
        status_code: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Keep the facts; `message` defaults to the first line of the class's docstring."""
        self.message = message or (self.__doc__ or "").partition("\n")[0]
        self.provider = provider
        self.status_code = status_code
        self.request_id = request_id
        self.retry_after = retry_after
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return the message alone (`LookupError` would quote it)."""
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with all facts, so an error survives a process border."""
        return _rebuild, (type(self), self.message, self.facts())

    def facts(self) -> dict[str, Any]:
        """Return the provider facts as keyword arguments of the constructor."""
        return {
            "provider": self.provider,
            "status_code": self.status_code,
            "request_id": self.request_id,
            "retry_after": self.retry_after,
        }


def _rebuild(kind: type[VideoGenerationError], message: str, facts: dict[str, Any]) -> VideoGenerationError:
    return kind(message, **facts)


class ConfigurationError(VideoGenerationError, ValueError):
    """A setting is missing or wrong."""

    code = "configuration_error"
    exit_code = 3
    http_status = 503


class StoreLockedError(ConfigurationError):
    """Another process is running this store."""

    code = "store_locked"
    retryable = True


class InvalidRequestError(VideoGenerationError, ValueError):
    """The request cannot be carried out as asked."""

    code = "invalid_request"
    exit_code = 2
    http_status = 400


class UnknownModelError(InvalidRequestError):
    """There is no such model in the catalog."""

    code = "unknown_model"
    http_status = 404


class UnsupportedOptionError(InvalidRequestError):
    """The model does not take this value."""

    code = "unsupported_option"
    http_status = 422


class ModelRetiredError(InvalidRequestError):
    """The model has been switched off by its owner."""

    code = "model_retired"
    http_status = 410


class MediaInputError(InvalidRequestError):
    """A picture or video handed in cannot be used."""

    code = "invalid_media"
    http_status = 422


class MediaNotFoundError(MediaInputError, FileNotFoundError):
    """A picture or video handed in does not exist."""

    code = "media_not_found"


class SpendLimitError(InvalidRequestError):
    """The quote is above the spend ceiling."""

    code = "spend_limit"
    exit_code = 7
    http_status = 402


class DailyLimitError(SpendLimitError):
    """The ceiling of this UTC day is reached."""

    code = "daily_limit"
    retryable = True
    http_status = 429


class JobStateError(InvalidRequestError):
    """The job is not in a state that allows this."""

    code = "job_state"
    http_status = 409


class JobNotFoundError(VideoGenerationError, LookupError):
    """There is no such job."""

    code = "job_not_found"
    exit_code = 4
    http_status = 404


class KeyNotFoundError(VideoGenerationError, LookupError):
    """There is no such API key."""

    code = "key_not_found"
    exit_code = 4
    http_status = 404


class WebhookNotFoundError(VideoGenerationError, LookupError):
    """There is no such webhook, or no such delivery."""

    code = "webhook_not_found"
    exit_code = 4
    http_status = 404


class ApiRequestError(VideoGenerationError, RuntimeError):
    """A provider refused the request."""

    code = "api_request_error"
    exit_code = 5
    http_status = 502


class AuthenticationError(ApiRequestError):
    """The provider did not accept the key."""

    code = "authentication_error"
    exit_code = 3
    http_status = 401


class InsufficientCreditsError(ApiRequestError):
    """The provider account has no credit or quota left."""

    code = "insufficient_credits"
    exit_code = 7
    http_status = 402


class RateLimitError(ApiRequestError):
    """The provider asks for fewer requests."""

    code = "rate_limited"
    retryable = True
    http_status = 429


class ServiceUnavailableError(ApiRequestError):
    """The provider is down, overloaded or unreachable."""

    code = "service_unavailable"
    retryable = True
    http_status = 503


class RetryExhaustedError(ApiRequestError):
    """Every allowed try failed."""

    code = "retry_exhausted"
    retryable = True


class SubmissionUnknownError(ApiRequestError):
    """A submit was sent and its answer lost: the provider may have accepted and charged it."""

    code = "submission_unknown"
    exit_code = 9


class JobFailedError(ApiRequestError):
    """The provider accepted the job and then failed it."""

    code = "job_failed"


class ContentPolicyError(JobFailedError):
    """Content policy violation (content_policy)."""

    code = "content_policy_violation"
    exit_code = 6
    http_status = 422


class AudioFilteredError(ContentPolicyError):
    """Audio filtered (content_policy)."""

    code = "audio_filtered"


class NoVideoError(JobFailedError):
    """The provider reported success without a video."""

    code = "no_video"


class VideoProcessingError(VideoGenerationError, RuntimeError):
    """A video file cannot be read, written or joined."""

    code = "video_processing_error"
    exit_code = 8
    http_status = 422


class VerificationError(VideoProcessingError):
    """A video file is not what was promised."""

    code = "verification_failed"
    http_status = 502


class StorageError(VideoGenerationError, OSError):
    """The store or the disk refused."""

    code = "storage_error"
    exit_code = 10
    http_status = 507


class QueueFullError(VideoGenerationError):
    """Too many jobs wait already; try again later."""

    code = "queue_full"
    retryable = True
    exit_code = 13
    http_status = 429


class WaitTimeoutError(VideoGenerationError, TimeoutError):
    """Waiting ended before the job did; the job goes on."""

    code = "wait_timeout"
    retryable = True
    exit_code = 11
    http_status = 504


class DeadlineExceededError(VideoGenerationError, TimeoutError):
    """The job took longer than its caller allowed, and was given up."""

    code = "deadline_exceeded"
    retryable = True
    exit_code = 12
    http_status = 504


class JobCancelledError(VideoGenerationError):
    """The job was cancelled."""

    code = "cancelled"
    exit_code = 130
    http_status = 409
