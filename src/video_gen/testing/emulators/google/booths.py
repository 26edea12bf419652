"""The places of Google's two hosts in the sandbox."""

from typing import Final

from video_gen.testing.emulators.booth import Booth
from video_gen.testing.emulators.google.gemini import GeminiEmulator
from video_gen.testing.emulators.google.vertex import BUCKET, PROJECT, VertexEmulator

GEMINI: Final = Booth(
    name="gemini",
    title="Gemini API (Omni, Veo)",
    make=GeminiEmulator,
    settings={"GOOGLE_GEMINI_BASE_URL": "{url}", "GEMINI_API_KEY": "{key}"},
    note="google-genai reads these settings too; it made Veo's videos here up to 2.34.0.",
    try_model="gemini/gemini-omni-1.2-flash",
)
VERTEX: Final = Booth(
    name="vertex",
    title="Google Cloud Vertex AI (Veo, Omni)",
    make=VertexEmulator,
    settings={
        "GOOGLE_VERTEX_BASE_URL": "{url}",
        "GOOGLE_OAUTH_ACCESS_TOKEN": "{key}",
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "STORAGE_EMULATOR_HOST": "{url}",
        "VIDEO_GEN_GCS_URI": f"gs://{BUCKET}/videos",
    },
    note="google-genai wants project, location and google.oauth2.credentials.Credentials(TOKEN) as arguments.",
    try_model="vertex/veo-3.1-fast-generate-001",
)
