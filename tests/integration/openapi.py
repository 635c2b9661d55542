"""The API as docs/openapi.yaml describes it, for tests that hold answers against it."""

import functools
from pathlib import Path

import jsonschema
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FILE = Path(__file__).parents[2] / "docs/openapi.yaml"


@functools.cache
def document() -> dict:
    return yaml.safe_load(FILE.read_text())


def _resolved(node: dict) -> dict:
    while "$ref" in node:
        target = document()
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = target
    return node


@functools.cache
def _registry() -> Registry:
    return Registry().with_resource("openapi", Resource.from_contents(document(), default_specification=DRAFT202012))


def _absolute(node):
    """The schema with references that hold outside of the document."""
    if isinstance(node, dict):
        return {key: "openapi" + value if key == "$ref" else _absolute(value) for key, value in node.items()}
    return [_absolute(each) for each in node] if isinstance(node, list) else node


def check(method: str, path: str, status: int, content_type: str, body) -> None:
    """That the document knows this answer to a request, which has no query here, in this form."""
    operation = document()["paths"][path][method.lower()]
    response = _resolved(operation["responses"][str(status)])
    media = content_type.split(";")[0]
    assert media in response["content"], f"{method} {path}: {status} comes as {media}"
    schema = _absolute(response["content"][media]["schema"])
    jsonschema.Draft202012Validator(schema, registry=_registry()).validate(body)
