"""Decoded Avro values as JSON, which has no bytes, no times, and neither NaN nor the infinities."""

import datetime
import math

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def plain(value):
    if isinstance(value, bytes):
        return {"$hex": value.hex()}
    if isinstance(value, datetime.datetime):
        return {"$time": round((value - EPOCH) / datetime.timedelta(milliseconds=1))}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": str(value)}
    if isinstance(value, dict):
        return {"$map": [[key, plain(part)] for key, part in value.items()]}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value
