"""What can be wrong with a request as HTTP sees it. These errors never leave the server."""

from video_gen.exceptions import InvalidRequestError, VideoGenerationError


class UnauthorizedError(InvalidRequestError):
    """No key, or one that is not known here."""

    code = "unauthorized"
    http_status = 401


class ForbiddenError(InvalidRequestError):
    """The key may not do this."""

    code = "forbidden"
    http_status = 403


class NoSuchPathError(InvalidRequestError):
    """There is nothing at this path."""

    code = "no_such_path"
    http_status = 404


class MethodNotAllowedError(InvalidRequestError):
    """The path does not take this method."""

    code = "method_not_allowed"
    http_status = 405


class GoneError(InvalidRequestError):
    """What was here is no longer."""

    code = "gone"
    http_status = 410


class BodyTooLargeError(InvalidRequestError):
    """The body is larger than this server takes."""

    code = "body_too_large"
    http_status = 413


class BodyTimeoutError(InvalidRequestError):
    """The body did not arrive in time."""

    code = "body_timeout"
    retryable = True
    http_status = 408


class RangeError(InvalidRequestError):
    """The part of the file that is asked for is not there."""

    code = "range_not_satisfiable"
    http_status = 416


class TooManyRequestsError(InvalidRequestError):
    """The key asks more often than it may; see `retry_after`."""

    code = "too_many_requests"
    retryable = True
    http_status = 429


class InternalError(VideoGenerationError):
    """Something went wrong inside this server; its log says what."""

    code = "internal_error"
    http_status = 500
