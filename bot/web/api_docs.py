"""The API's documentation as a plain page, made from the OpenAPI description: no foreign script, no foreign request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def describe(openapi: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the operations and the forms of an OpenAPI document as the template shows them."""
    schemas = openapi.get("components", {}).get("schemas", {})
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "description": operation.get("description", ""),
            "body": _body(operation, schemas),
            "answers": [
                {"status": status, "about": answer.get("description", ""), "schema": _schema_of(answer)}
                for status, answer in sorted(operation.get("responses", {}).items())
            ],
        }
        for path, methods in openapi.get("paths", {}).items()
        for method, operation in methods.items()
    ]
    forms = [
        {"name": name, "about": schema.get("description", ""), "fields": _fields(schema)}
        for name, schema in sorted(schemas.items())
    ]
    return operations, forms


def _body(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any] | None:
    name = _schema_of(operation.get("requestBody", {}))
    return {"name": name, "fields": _fields(schemas.get(name, {}))} if name else None


def _schema_of(part: Mapping[str, Any]) -> str:
    contents: list[Mapping[str, Any]] = list(part.get("content", {}).values())
    schema = contents[0].get("schema", {}) if contents else {}
    return _type_name(schema) if schema else ""


def _fields(schema: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"name": name, "about": " · ".join(filter(None, (_type_name(field), _limits(field), field.get("description"))))}
        for name, field in schema.get("properties", {}).items()
    ]


def _limits(field: Mapping[str, Any]) -> str:
    longest = next((part["maxLength"] for part in (field, *field.get("anyOf", ())) if "maxLength" in part), None)
    return f"at most {longest:,} characters" if longest else ""


def _type_name(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "enum" in schema:
        return " | ".join(repr(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type_name(part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type_name(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "object")
