"""Credentials that this machine has, found and kept fresh by their owners' libraries (extras `google` and `aws`).

Both libraries talk to files, programs and services of their own, and block: they are called in threads.
"""

import asyncio
import threading
import warnings
from dataclasses import dataclass, field
from typing import Any, Final

from video_gen.exceptions import AuthenticationError, ConfigurationError, ServiceUnavailableError, VideoGenerationError
from video_gen.spec import Provider
from video_gen.transport.endpoint import setting
from video_gen.transport.unsigned import Unsigned

_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"


class GoogleCredentials:
    """Signs with the application default credentials, or those of a file."""

    def __init__(self, file: str = "") -> None:
        self._file = file
        self._lock = threading.Lock()
        self._credentials: Any = None

    async def sign(self, request: Unsigned) -> dict[str, str]:
        """Return the headers to add; a token that has run out is renewed first.

        Raises:
            ConfigurationError: the library or the credentials are missing.
            AuthenticationError: Google does not renew them.
            ServiceUnavailableError: Google could not be reached.
        """
        return await asyncio.to_thread(self._headers, request)

    def _headers(self, request: Unsigned) -> dict[str, str]:
        try:
            from google.auth import exceptions
            from google.auth.transport.requests import Request
        except ImportError:
            raise _missing("google") from None
        headers: dict[str, str] = {}
        try:
            with self._lock:
                self._credentials = self._credentials or self._load()
                self._credentials.before_request(Request(), request.method, request.url, headers)
        except (exceptions.DefaultCredentialsError, OSError):
            raise ConfigurationError(
                "this machine has no Google credentials: set GOOGLE_OAUTH_ACCESS_TOKEN or "
                "GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth application-default login`"
            ) from None
        except exceptions.TransportError as error:
            raise ServiceUnavailableError(f"Google renews no token: {type(error).__name__}") from None
        except exceptions.GoogleAuthError as error:
            raise AuthenticationError(
                f"Google renews no token for this machine's credentials ({type(error).__name__}): "
                "run `gcloud auth application-default login`, or check GOOGLE_APPLICATION_CREDENTIALS"
            ) from None
        return headers

    def _load(self) -> Any:
        import google.auth

        if not self._file:
            return google.auth.default(scopes=[_SCOPE])[0]
        load: Any = google.auth.load_credentials_from_file  # untyped
        with warnings.catch_warnings():  # it warns of files by strangers; this one is named by the user
            warnings.simplefilter("ignore", DeprecationWarning)
            return load(self._file, scopes=[_SCOPE])[0]


@dataclass(slots=True)
class AwsCredentials:
    """Signs with the credentials botocore finds: environment, profile, role of the machine."""

    profile: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _found: Any = None

    def headers(self, request: Unsigned, service: str, region: str) -> dict[str, str]:
        """Return the headers of a Signature Version 4. Blocks.

        Raises:
            ConfigurationError: the library or the credentials are missing.
            AuthenticationError: they cannot be renewed.
        """
        try:
            from botocore.auth import S3SigV4Auth, SigV4Auth
            from botocore.awsrequest import AWSRequest
        except ImportError:
            raise _missing("aws") from None
        with self._lock:
            frozen = self._frozen()
        signed = AWSRequest(method=request.method, url=request.url, data=request.body())
        kind = S3SigV4Auth if service == "s3" else SigV4Auth
        kind(frozen, service, region).add_auth(signed)
        return dict(signed.headers.items())

    def _frozen(self) -> Any:
        import botocore.exceptions
        import botocore.session

        try:
            self._found = self._found or botocore.session.Session(profile=self.profile or None).get_credentials()
            frozen = self._found.get_frozen_credentials() if self._found else None
        except botocore.exceptions.ProfileNotFound:
            raise ConfigurationError(
                f"AWS has no profile `{self.profile}` on this machine: check AWS_PROFILE"
            ) from None
        except botocore.exceptions.BotoCoreError as error:
            raise AuthenticationError(f"AWS renews no credentials for this machine: {type(error).__name__}") from None
        if frozen is None:
            raise ConfigurationError(
                "this machine has no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, "
                "or run `aws configure`"
            )
        return frozen


@dataclass(frozen=True, slots=True)
class SigV4:
    """Signs each request for one service in one region."""

    credentials: AwsCredentials
    service: str
    region: str

    async def sign(self, request: Unsigned) -> dict[str, str]:
        """Return the headers to add."""
        return await asyncio.to_thread(self.credentials.headers, request, self.service, self.region)


class Machine:
    """This machine's credentials, each found once."""

    def __init__(self) -> None:
        self._google: dict[str, GoogleCredentials] = {}
        self._aws: dict[str, AwsCredentials] = {}

    def google(self, provider: Provider) -> GoogleCredentials:
        """Return the credentials for Google that a provider's settings name."""
        file = provider.settings.get("credentials", "")
        return self._google.setdefault(file, GoogleCredentials(file))

    def aws(self, provider: Provider, service: str) -> SigV4:
        """Return the credentials for AWS that a provider's settings name, to sign for a service in its region.

        Raises:
            ConfigurationError: it names no region.
        """
        profile = provider.settings.get("profile", "")
        credentials = self._aws.setdefault(profile, AwsCredentials(profile))
        return SigV4(credentials, service, setting(provider, "region"))


def _missing(extra: str) -> VideoGenerationError:
    return ConfigurationError(f"a library is missing to sign in there: run `pip install 'video-gen[{extra}]'`")
