"""The bucket that invocations write to: the least of S3 that reads it (GetObject, HeadObject, ListObjectsV2)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from aiohttp import web

from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.faults import Fault

XML: Final = "application/xml"
_NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"
_WORDS: Final = {
    "rate_limited": (503, "SlowDown", "Please reduce your request rate."),
    "unavailable": (503, "ServiceUnavailable", "Service is unable to handle request."),
    "error_before": (500, "InternalError", "We encountered an internal error. Please try again."),
    "unauthorized": (403, "AccessDenied", "Access Denied"),
}


@dataclass
class Bucket:
    """Objects by key, each bytes or a file."""

    name: str
    objects: dict[str, bytes | Path] = field(default_factory=dict)

    def key_of(self, uri: str) -> str | None:
        """Return the key an S3 URI names in this bucket, None where it names another bucket."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return key if bucket == self.name else None

    def read(self, uri: str) -> bytes | None:
        """Return an object by its URI, None where there is none."""
        found = self.objects.get(self.key_of(uri) or "")
        return found.read_bytes() if isinstance(found, Path) else found

    def file(self, bucket: str, key: str) -> bytes | Path:
        """Return an object.

        Raises:
            RefusedError: no such bucket or key.
        """
        self._check(bucket)
        if key not in self.objects:
            raise refused(404, "NoSuchKey", "The specified key does not exist.")
        return self.objects[key]

    def listing(self, bucket: str, query: Mapping[str, str]) -> str:
        """Return what ListObjectsV2 answers.

        Raises:
            RefusedError: no such bucket.
        """
        self._check(bucket)
        prefix, after = query.get("prefix", ""), query.get("continuation-token", "")
        most = int(query.get("max-keys", "1000"))
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        shown, more = keys[:most], len(keys) > most
        next_token = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if more and shown else ""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="{_NAMESPACE}"><Name>{self.name}</Name>'
            f"<Prefix>{escape(prefix)}</Prefix><MaxKeys>{most}</MaxKeys><KeyCount>{len(shown)}</KeyCount>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{next_token}"
            f"{''.join(self._entry(key) for key in shown)}</ListBucketResult>"
        )

    def _check(self, bucket: str) -> None:
        if bucket != self.name:
            raise refused(404, "NoSuchBucket", "The specified bucket does not exist")

    def _entry(self, key: str) -> str:
        found = self.objects[key]
        size = found.stat().st_size if isinstance(found, Path) else len(found)
        changed = datetime.now(UTC)
        return (
            f"<Contents><Key>{escape(key)}</Key><LastModified>{changed:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
            f"<ETag>&quot;{hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()}&quot;</ETag>"
            f"<Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        )


def refused(status: int, code: str, message: str) -> RefusedError:
    """Return a refusal in S3's name."""
    return RefusedError(status, code, message, s3=True)


def worded(fault: Fault) -> RefusedError:
    """Return how S3 words a fault that is an answer."""
    return refused(*_WORDS.get(fault.name, _WORDS["unauthorized"]))


def answer(refusal: RefusedError, request_id: str) -> web.Response:
    """Return a refusal as S3 writes it."""
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{refusal.code}</Code>'
        f"<Message>{escape(refusal.message)}</Message><RequestId>{request_id}</RequestId></Error>"
    )
    headers = {"x-amz-request-id": request_id}
    if "retry_after" in refusal.more:
        headers["Retry-After"] = f"{refusal.more['retry_after']:g}"
    return web.Response(status=refusal.status, text=text, content_type=XML, headers=headers)
