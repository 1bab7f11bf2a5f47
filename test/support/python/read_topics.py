"""Reads topics of framed Avro values from Kafka with confluent-kafka and fastavro, as a consumer in Python would.

Standard input: {"brokers", "topics": {topic: schema}}. Standard output: a list of {"topic", "partition", "offset",
"key", "value"} of all that is committed, by topic, partition and offset.
"""

import io
import json
import struct
import sys

import fastavro
from confluent_kafka import Consumer, KafkaError, KafkaException

from avro_json import plain

SECONDS_BETWEEN_RECORDS = 20


def decode(schema, framed):
    if framed is None:
        return None
    magic, _ = struct.unpack(">bI", framed[:5])
    assert magic == 0, magic
    body = io.BytesIO(framed[5:])
    value = fastavro.schemaless_reader(body, schema)
    assert body.read() == b"", "bytes are left over"
    return plain(value)


def main():
    asked = json.load(sys.stdin)
    schemas = {topic: fastavro.parse_schema(schema) for topic, schema in asked["topics"].items()}
    consumer = Consumer(
        {
            "bootstrap.servers": asked["brokers"],
            "group.id": "read-with-python",
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    partitions = {
        (topic, partition)
        for topic in schemas
        for partition in consumer.list_topics(topic, timeout=SECONDS_BETWEEN_RECORDS).topics[topic].partitions
    }
    consumer.subscribe(list(schemas))
    records = []
    while partitions:
        message = consumer.poll(SECONDS_BETWEEN_RECORDS)
        if message is None:
            raise TimeoutError(f"nothing more came of {sorted(partitions)}")
        if message.error():
            if message.error().code() != KafkaError._PARTITION_EOF:
                raise KafkaException(message.error())
            partitions.discard((message.topic(), message.partition()))
            continue
        records.append(
            {
                "topic": message.topic(),
                "partition": message.partition(),
                "offset": message.offset(),
                "key": message.key().decode(),
                "value": decode(schemas[message.topic()], message.value()),
            }
        )
    consumer.close()
    records.sort(key=lambda record: (record["topic"], record["partition"], record["offset"]))
    json.dump(records, sys.stdout)


main()
