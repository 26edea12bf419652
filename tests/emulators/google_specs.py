"""What Google's own descriptions say of requests and answers."""

import json
from pathlib import Path
from typing import Any

import jsonschema

_SPECS = Path(__file__).parents[1] / "data/specs"
_CLOUD = json.loads((_SPECS / "aiplatform.discovery.json").read_text())
_OMNI = json.loads((_SPECS / "gemini_interactions.schema.json").read_text())


def _closed(schema: Any) -> Any:
    """Return a schema of a discovery document as JSON Schema; what it does not name is an error."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    if schema.get("type") == "any":
        return {}
    made = {name: _closed(value) for name, value in schema.items() if name not in {"id", "format", "deprecated"}}
    return made | {"additionalProperties": False} if "properties" in made else made


_DEFS = {name: _closed(schema) for name, schema in _CLOUD["schemas"].items()}


def fits_cloud(body, schema):
    """Hold a body to a schema of Google Cloud's discovery document."""
    jsonschema.Draft202012Validator({"$defs": _DEFS, "$ref": f"#/$defs/{schema}"}).validate(body)


def fits_prediction(body):
    """Hold a body to PredictLongRunningRequest, and its pictures and videos to Veo's own schemas."""
    fits_cloud(body, "GoogleCloudAiplatformV1PredictLongRunningRequest")
    for instance in body["instances"]:
        pictures = [instance.get("image"), instance.get("lastFrame")]
        for picture in (*pictures, *(each["image"] for each in instance.get("referenceImages", []))):
            if picture is not None:
                fits_cloud(picture, "CloudAiLargeModelsVisionGenerateVideoRequestImage")
        if "video" in instance:
            fits_cloud(instance["video"], "CloudAiLargeModelsVisionGenerateVideoRequestVideo")


def fits_operation(body):
    """Hold an answer to Operation, and what it delivers to GenerateVideoResponse."""
    fits_cloud(body, "GoogleLongrunningOperation")
    response = body.get("response")
    if response is not None:
        delivered = {name: value for name, value in response.items() if name != "@type"}
        fits_cloud(delivered, "GoogleCloudAiplatformV1GenerateVideoResponse")


def fits_omni(body, schema):
    """Hold a body to a schema of the Interactions API."""
    jsonschema.Draft202012Validator({**_OMNI, "$ref": f"#/$defs/{schema}"}).validate(body)


def fits_create(body):
    """Hold a body to CreateModelInteraction, and its media to their own schemas."""
    fits_omni(body, "CreateModelInteraction")
    _fit_parts(part for step in body["input"] if isinstance(step, dict) for part in step.get("content", []))


def fits_interaction(body):
    """Hold an answer to Interaction, and its media to their own schemas."""
    fits_omni(body, "Interaction")
    _fit_parts(part for step in body["steps"] for part in step.get("content", []))


def _fit_parts(parts):
    kinds = {"image": "ImageContent", "video": "VideoContent"}
    for part in parts:
        if part["type"] in kinds:
            fits_omni(part, kinds[part["type"]])
