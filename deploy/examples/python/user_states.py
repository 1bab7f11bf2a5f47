"""A local view of every user's latest state: reads the topic user-states from the beginning, then follows it.

    states = UserStates({"bootstrap.servers": "localhost:9092"}, "stan-lifecycle.user-states", local_schemas("schemas"))
    states.wait_until_ready(60)
    state = states.get("ann")          # a dict, or None for a user who is unknown; raises StaleState

Needs confluent-kafka and fastavro.
"""

import io
import json
import struct
import threading
import time
from pathlib import Path

import fastavro
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

# Ids in front of the values where there is no schema registry (src/io/schemas/local-schema-table.ts).
LOCAL_SCHEMAS = {2: "user-state.v1.avsc", 8: "user-state.v2.avsc"}

# Brokers drop the tombstones of erased users a day after compaction: who was away for longer reads everything anew.
RESTART_AFTER_SECONDS = 12 * 3600
# Calls of the reader's loop, which must be short for close() to be.
POLL_SECONDS = 0.2
LOOK_SECONDS = 1.0
# So often the topic may seem to end before what has been read; then it has been deleted and made anew.
LOOKS_AHEAD = 5


def local_schemas(folder):
    """{id: schema} of all versions, from the package's folder of schemas."""
    return {id_: json.loads(Path(folder, file).read_text(encoding="utf-8")) for id_, file in LOCAL_SCHEMAS.items()}


class StaleState(Exception):
    """A state that the freshness contract does not allow to be used. `reason` is behind, unreadable or old."""

    def __init__(self, reason, sentence):
        super().__init__(f"Cannot give the state of the user: {sentence}")
        self.reason = reason


class UserStates:
    """Latest state of each user, kept up to date by a thread of its own.

    kafka: settings of confluent-kafka, at least bootstrap.servers.
    schemas: {id: schema}; states come as the schema with the highest id has them, whatever version they were written in.
    max_lag_seconds: the view holds everything that had been published at most so long ago.
    max_age_seconds: the user's own latest event is at most so old; None is no limit.
    keep: which users to keep, by id; None keeps all.
    on_rejected: called with (user id or None, place, reason) for a record that cannot be read; the view goes on.
    """

    def __init__(
        self,
        kafka,
        topic,
        schemas,
        *,
        max_lag_seconds=30.0,
        max_age_seconds=None,
        keep=None,
        on_rejected=None,
    ):
        self._topic = topic
        self._schemas = {id_: fastavro.parse_schema(schema) for id_, schema in schemas.items()}
        self._newest = self._schemas[max(self._schemas)]
        self._max_lag_seconds = max_lag_seconds
        self._max_age_seconds = max_age_seconds
        self._keep = keep
        self._on_rejected = on_rejected or (lambda user, place, reason: None)
        self._lock = threading.Lock()
        self._states = {}
        self._unreadable = set()
        self._seen = None  # while everything is read anew: the users that have come
        self._complete_at = None
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._failure = None
        self._consumer = Consumer(
            {
                "group.id": "stan-lifecycle-client",  # asked for, and never used: nothing is committed
                **kafka,
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
            }
        )
        self._thread = threading.Thread(target=self._run, name="user-states", daemon=True)
        self._thread.start()

    def get(self, user_id):
        """The latest state as a dict, None for a user who is unknown. Raises StaleState, ValueError for one not kept."""
        if self._keep and not self._keep(user_id):
            raise ValueError("Cannot give the state of the user: the view does not keep it")
        with self._lock:
            lag = self._lag_seconds()
            state = self._states.get(user_id)
            is_unreadable = user_id in self._unreadable
        if lag is None:
            raise StaleState("behind", "the view has not read to the end yet")
        if lag > self._max_lag_seconds:
            raise StaleState("behind", f"the view is {lag:.0f} s behind")
        if is_unreadable:
            raise StaleState("unreadable", "its latest record could not be read")
        if state and self._max_age_seconds is not None:
            age = time.time() - state["eventTime"].timestamp()
            if age > self._max_age_seconds:
                raise StaleState("old", f"its latest event is {age:.0f} s old")
        return state

    def freshness(self):
        """How fresh the view is: lag_seconds is None before everything has been read once."""
        with self._lock:
            lag = self._lag_seconds()
            return {"users": len(self._states), "lag_seconds": lag, "stale": lag is None or lag > self._max_lag_seconds}

    def wait_until_ready(self, timeout_seconds):
        """Waits until everything has been read once. Raises TimeoutError, or what the reader has failed with."""
        if not self._ready.wait(timeout_seconds):
            raise TimeoutError(f"the view has not read {self._topic} within {timeout_seconds} s")
        if self._failure:
            raise self._failure

    def close(self):
        self._stop.set()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _lag_seconds(self):
        return None if self._complete_at is None else max(0.0, time.time() - self._complete_at)

    def _run(self):
        try:
            self._follow()
        except Exception as error:  # told to whoever waits; get() finds the view stale
            self._failure = error
            self._ready.set()
        finally:
            self._consumer.close()

    def _follow(self):
        partitions = self._partitions()
        positions = self._start(partitions)
        ends, asked_at, looked_at, ahead = None, 0.0, 0.0, 0
        while not self._stop.is_set():
            if ends is None and time.monotonic() - looked_at >= LOOK_SECONDS:
                looked_at = time.monotonic()
                asked_at, ends = time.time(), self._ends(partitions)
                ahead = ahead + 1 if ends and any(positions[p] > end for p, end in ends.items()) else 0
            message = self._consumer.poll(POLL_SECONDS)
            if message is not None and self._is_record(message):
                self._take(message)
                positions[message.partition()] = message.offset() + 1
            elif message is not None and message.error().code() == KafkaError._PARTITION_EOF:
                # Behind the marks of transactions, which are no records.
                positions[message.partition()] = message.offset()
            if ends and all(positions[p] >= end for p, end in ends.items()):
                if ahead >= LOOKS_AHEAD or self._was_away_too_long():
                    positions, ahead = self._start(partitions), 0
                elif ahead == 0:
                    self._complete(asked_at)
                ends = None

    def _start(self, partitions):
        """Reads from the beginning. Users that do not come again are gone once the end is reached."""
        with self._lock:
            self._seen = set()
            self._complete_at = None
        self._consumer.assign([TopicPartition(self._topic, p, OFFSET_BEGINNING) for p in partitions])
        return dict.fromkeys(partitions, 0)

    def _was_away_too_long(self):
        return self._complete_at is not None and time.time() - self._complete_at > RESTART_AFTER_SECONDS

    def _partitions(self):
        """Waits for brokers that do not answer. Raises KafkaException where there is no such topic."""
        while not self._stop.is_set():
            try:
                found = self._consumer.list_topics(self._topic, timeout=5).topics[self._topic]
            except KafkaException:
                continue
            if found.error:
                raise KafkaException(found.error)
            return sorted(found.partitions)
        return []

    def _ends(self, partitions):
        """Offsets up to which committed records can be read; None where no broker answers, and the lag grows."""
        try:
            return {
                p: self._consumer.get_watermark_offsets(TopicPartition(self._topic, p), timeout=5)[1]
                for p in partitions
            }
        except KafkaException:
            return None

    def _is_record(self, message):
        error = message.error()
        if error is None:
            return True
        # What passes, the client tries again by itself.
        if error.code() in (KafkaError._PARTITION_EOF, KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT):
            return False
        if error.fatal() or not error.retriable():
            raise KafkaException(error)
        return False

    def _take(self, message):
        place = f"{self._topic}/{message.partition()}@{message.offset()}"
        if message.key() is None:
            self._on_rejected(None, place, "the record has no key")
            return
        user = message.key().decode(errors="replace")
        if self._keep and not self._keep(user):
            return
        try:
            state = None if message.value() is None else self._decode(message.value())
        except Exception as error:  # whatever fastavro meets in bytes that are no state
            with self._lock:
                self._unreadable.add(user)
                if self._seen is not None:
                    self._seen.add(user)
            self._on_rejected(user, place, str(error))
            return
        with self._lock:
            self._unreadable.discard(user)
            if self._seen is not None:
                self._seen.add(user)
            if state is None:
                self._states.pop(user, None)
            else:
                self._states[user] = state

    def _decode(self, framed):
        magic, schema_id = struct.unpack(">bI", framed[:5])
        if magic != 0:
            raise ValueError("the bytes do not begin with 0 and a schema id")
        if schema_id not in self._schemas:
            raise ValueError(f"schema id {schema_id} is not known")
        body = io.BytesIO(framed[5:])
        state = fastavro.schemaless_reader(body, self._schemas[schema_id], self._newest)
        if body.read(1):
            raise ValueError("bytes are left over")
        return state

    def _complete(self, at):
        with self._lock:
            if self._seen is not None:
                self._states = {user: state for user, state in self._states.items() if user in self._seen}
                self._unreadable &= self._seen
                self._seen = None
            self._complete_at = at
        self._ready.set()
