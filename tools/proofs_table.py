"""Write docs/reference/proofs.md from the results of the tests: provider, capability, proven by.

    python tools/proofs_table.py             write the page from the last results
    python tools/proofs_table.py --check     its headings, its providers and who judges them, which need no run
    python tools/proofs_table.py --results   the whole page against the last results

Where the results come from: `tests/conftest.py` notes the outcome of every test in tests/conformance and
tests/emulators, with the provider it was a customer of, in pytest's cache; a session that leaves tests of a file out
(-k, -m, a test's own name) is not noted. When the whole suite has run and passed, that session ends with `--results`
against what it noted itself, and fails where the page claims something that did not pass just now, or misses
something that did. So a page that is committed was true of the tests it was committed with.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from _generate import REFERENCE, ROOT, publish, table

from video_gen.catalog import load_catalog

RESULTS = ROOT / ".pytest_cache/v/video_gen/proofs"
PAGE = "proofs.md"
NOT_TRIED: Final = "-"

HEAD = """\
# What is proven

<!-- Written by tools/proofs_table.py from the results of the tests: `make unit`, then `make docs`. -->

No provider was reached for this page: each was tried against an emulator of it, over real HTTP, with the real
transport and the real engine. Where the vendor has a client of its own, that client, as it is published, drives the
same emulator through its life cycle; where it publishes a description of its interface, what is sent and answered is
held to it. Every run of all tests checks that this page says what passed in it.
"""
LEGEND = f"""
- **text**, **picture**: a prompt, and a picture, become a verified video file with the provider's very bytes.
- **lost answers**: how many kinds of lost answer to a submit were tried: errors, cut connections and silence, each
  before and after accepting, and nonsense. After none of them had the provider accepted two jobs.
- **then**: what becomes of a job that was accepted and whose answer was lost. *found*: the provider is asked, and the
  job goes on. *held*: the provider has no way to tell, so its price stays held and a person decides
  ([how](../how-to/use-a-provider.md#when-an-answer-is-lost)).
- **cancel**: whether a job that is being made can be stopped at the provider; *some*: only in some of its states.
- **faults**: how many faults the suite caused, each survived with the paid video delivered or its reason named.
- `{NOT_TRIED}`: not tried, or the provider has no such thing.
"""


class Proof(NamedTuple):
    """One test of one provider."""

    file: str
    name: str
    fault: str
    passed: bool
    facts: dict[str, Any]


class Judge(NamedTuple):
    """A file of tests in which somebody else's client or description judges the emulator of some providers."""

    file: str
    providers: tuple[str, ...]
    client: str = ""
    """The distribution of the vendor's client."""
    module: str = ""
    spec: str = ""


JUDGES: Final = (
    Judge("test_bedrock_sdk.py", ("bedrock",), "boto3", "boto3"),
    Judge("test_fal_sdk.py", ("fal",), "fal-client", "fal_client"),
    Judge("test_kling_wire.py", ("kling",), spec="kling.openapi.json"),
    Judge("test_luma_sdk.py", ("luma-dream-machine",), "lumaai", "lumaai"),
    Judge("test_omni_sdk.py", ("gemini", "vertex-omni"), "google-genai", "google", "gemini_interactions.schema.json"),
    Judge("test_openai_sdk.py", ("openai",), "openai", "openai", "openai_videos.openapi.json"),
    Judge("test_openai_sdk.py", ("azure",), "openai", "openai"),
    Judge("test_replicate_sdk.py", ("replicate",), "replicate", "replicate", "replicate.openapi.json"),
    Judge("test_runway_sdk.py", ("runway",), "runwayml", "runwayml"),
    Judge("test_venice_sdk.py", ("venice",), "venice-sdk", "venice_sdk", "venice.openapi.json"),
    Judge("test_veo_sdk.py", ("google", "vertex"), "google-genai", "google", "aiplatform.discovery.json"),
)
LOST: Final = {"test_a_lost_answer_is_never_paid_twice", "test_a_lost_answer_is_found_again"}
FAULTS: Final = {
    "test_a_lost_answer_is_never_paid_twice": "submit",
    "test_a_provider_that_is_busy_is_asked_again": "submit",
    "test_a_refusal_costs_nothing_and_says_why": "submit",
    "test_a_job_that_fails_says_why": "job",
    "test_a_job_that_never_ends_is_waited_for": "job stuck",
    "test_progress_that_goes_back_hurts_nobody": "job backwards",
    "test_a_poll_that_fails_loses_nothing": "poll",
    "test_a_download_that_fails_loses_nothing": "download",
    "test_another_host_never_sees_the_key": "download redirect",
}


def read_results() -> list[Proof]:
    """Return what the last results say; none where no test was noted yet."""
    if not RESULTS.exists():
        return []
    found = []
    for node, noted in json.loads(RESULTS.read_text(encoding="utf-8")).items():
        file, _, rest = node.partition("::")
        name = rest.partition("[")[0].rpartition("::")[2]
        found.append(Proof(file, name, noted["facts"].get("fault", ""), noted["passed"], noted["facts"]))
    return found


def providers() -> list[str]:
    """Return every provider of the catalog that is reached over a wire."""
    known = load_catalog().providers.values()
    return sorted(each.id for each in known if not each.base_url.startswith("local:"))


def said(proofs: Iterable[Proof], names: set[str], words: Callable[[list[Proof]], str]) -> str:
    """Return what the tests of these names prove, nothing where one of them did not pass."""
    chosen = [proof for proof in proofs if proof.name in names]
    if not chosen:
        return NOT_TRIED
    return words(chosen) if all(proof.passed for proof in chosen) else "**not proven**"


def several(fact: str, yes: str, no: str) -> Callable[[list[Proof]], str]:
    """Return words for a fact that may differ between a provider's models."""

    def words(chosen: list[Proof]) -> str:
        values = {proof.facts.get(fact, False) for proof in chosen}
        return "some" if len(values) > 1 else yes if values == {True} else no

    return words


def faults(proofs: list[Proof]) -> str:
    """Return how many different faults were survived."""
    chosen = [proof for proof in proofs if proof.name in FAULTS]
    survived = {(FAULTS[proof.name], proof.fault) for proof in chosen if proof.passed}
    return f"{len(survived)}" if survived else NOT_TRIED


def judged(provider: str, proofs: list[Proof]) -> tuple[str, str, list[str]]:
    """Return the client and the description that judge a provider's emulator, and the files where they do."""
    passed = {
        judge
        for judge in JUDGES
        if provider in judge.providers
        and (own := [proof for proof in proofs if proof.file.endswith(f"/{judge.file}")])
        and all(proof.passed for proof in own)
    }
    clients = ", ".join(sorted(f"`{judge.client}`" for judge in passed if judge.client))
    specs = ", ".join(sorted(f"[{judge.spec}](../../tests/data/specs/{judge.spec})" for judge in passed if judge.spec))
    return clients or NOT_TRIED, specs or NOT_TRIED, [f"tests/emulators/{judge.file}" for judge in passed]


def row(provider: str, proofs: list[Proof]) -> list[str]:
    """Return one provider's line."""
    own = [proof for proof in proofs if proof.facts.get("provider") == provider]
    pictured = [proof for proof in own if proof.facts.get("image")]
    client, spec, judges = judged(provider, proofs)
    files = sorted({proof.file for proof in own if proof.passed} | set(judges))
    links = ", ".join(f"[{re.sub(r'^test_|[.]py$', '', file.split('/')[-1])}](../../{file})" for file in files)
    return [
        f"`{provider}`",
        said(own, {"test_a_prompt_becomes_a_verified_video"}, lambda _: "yes"),
        said(pictured, {"test_a_picture_becomes_a_verified_video", "test_a_picture_arrives"}, lambda _: "yes"),
        said(own, LOST - {"test_a_lost_answer_is_found_again"}, lambda each: f"{len({one.fault for one in each})}"),
        said(own, LOST, several("finds", "found", "held")),
        said(own, {"test_cancel"}, several("cancels", "yes", "no")),
        faults(own),
        client,
        spec,
        links or NOT_TRIED,
    ]


HEADINGS: Final = [
    "provider", "text", "picture", "lost answers", "then", "cancel", "faults", "vendor's client", "description",
    "proven by",
]  # fmt: skip


def page(proofs: list[Proof]) -> str:
    """Return the whole page."""
    return f"{HEAD}\n{table(HEADINGS, [row(each, proofs) for each in providers()])}\n{LEGEND}"


def check_structure() -> None:
    """Check what needs no run: headings, providers, and that the judges are who the page says."""
    text = (REFERENCE / PAGE).read_text(encoding="utf-8")
    for part in (HEAD, LEGEND, table(HEADINGS, [])):
        if part not in text:
            sys.exit(f"docs/reference/{PAGE} is not what this tool writes: type `make unit docs`")
    listed = re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)
    if listed != providers():
        sys.exit(f"docs/reference/{PAGE} lists {listed}, the catalog {providers()}: type `make unit docs`")
    for judge in JUDGES:
        here = ROOT / "tests/emulators"
        code = (here / judge.file).read_text(encoding="utf-8")
        helper = (here / "google_specs.py").read_text(encoding="utf-8") if "google_specs" in code else ""
        if judge.module and not re.search(rf"^(?:import|from) {judge.module}\b", code, re.MULTILINE):
            sys.exit(f"tests/emulators/{judge.file} does not use `{judge.client}`")
        if judge.spec not in code + helper:
            sys.exit(f"tests/emulators/{judge.file} does not read {judge.spec}")


def main() -> None:
    """Write the page, or check it."""
    proofs = read_results()
    if "--check" in sys.argv[1:]:
        check_structure()
    elif "--results" in sys.argv[1:]:
        sys.argv.append("--check")
        publish(PAGE, page(proofs))
    elif proofs:
        publish(PAGE, page(proofs))
    else:
        print(f"docs/reference/{PAGE} stays as it is: no results yet, type `make unit` first")


if __name__ == "__main__":
    main()
