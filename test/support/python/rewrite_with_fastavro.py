"""Reads framed Avro values with fastavro and writes them again.

Standard input: a JSON list of {"schema", "hex", "rewriteWith"?, "rewriteId"?, "plainTimes"?}. Standard output: a list of
{"id", "value", "hex"} in the same order. `hex` is the value as fastavro writes it, with `rewriteWith` where given.
"""

import io
import json
import struct
import sys

import fastavro

from avro_json import plain


def without_logical_types(schema):
    """Times beyond the year 9999 have no datetime."""
    if isinstance(schema, list):
        return [without_logical_types(part) for part in schema]
    if isinstance(schema, dict):
        return {key: without_logical_types(part) for key, part in schema.items() if key != "logicalType"}
    return schema


def convert(item):
    data = bytes.fromhex(item["hex"])
    magic, schema_id = struct.unpack(">bI", data[:5])
    assert magic == 0, magic
    prepare = without_logical_types if item.get("plainTimes") else (lambda schema: schema)
    schema = fastavro.parse_schema(prepare(item["schema"]))
    body = io.BytesIO(data[5:])
    value = fastavro.schemaless_reader(body, schema)
    assert body.read() == b"", "bytes are left over"
    out = io.BytesIO()
    rewritten = fastavro.parse_schema(prepare(item["rewriteWith"])) if "rewriteWith" in item else schema
    out.write(struct.pack(">bI", 0, item.get("rewriteId", schema_id)))
    fastavro.schemaless_writer(out, rewritten, value)
    return {"id": schema_id, "value": plain(value), "hex": out.getvalue().hex()}


json.dump([convert(item) for item in json.load(sys.stdin)], sys.stdout)
