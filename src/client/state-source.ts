import type { PublishedState } from './published-state.ts'

/** A record that could not be read as a state. */
export interface RejectedState {
  /** Null where the record does not even say whose it is. */
  readonly userId: string | null
  /** Topic, partition and offset, or the id of the event. */
  readonly origin: string
  readonly reason: string
}

/** What a source tells the view, in the order of each user's records. */
export interface StateSink {
  /** The first connection stands: from now on failures are told and tried again. */
  connected(): void
  put(state: PublishedState): void
  erase(userId: string): void
  reject(rejected: RejectedState): void
  /** Everything is told anew from the beginning: a user that does not come again before `complete` is gone. */
  restart(): void
  /** Everything that had been published at this time, unix ms, has been told. */
  complete(atMs: number): void
  /** The connection has failed; the source tries again. */
  fail(error: Error): void
}

/** Where a view's states come from: a Kafka topic or the API's events. */
export interface StateSource {
  /** Tells the sink until the signal is aborted. Rejects with what the first connection fails with. */
  run(sink: StateSink, signal: AbortSignal): Promise<void>
}
