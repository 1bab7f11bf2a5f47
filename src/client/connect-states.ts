import type { StateSource } from './state-source.ts'
import type { StatesOrigin } from './states-origin.ts'
import { StatesView } from './states-view.ts'
import type { StatesOptions, UserStates } from './user-states.ts'

/**
 * A local view of user-states: it reads everything that has been published, then follows. Resolves once it is connected;
 * `ready` tells when it has read to the end. Throws LifecycleError `broker-unreachable`, `broker-refused`,
 * `broker-version`, `unknown-topic`, `api-unavailable`, `api-refused` and, with a registry, `registry-unavailable` and
 * `registry-refused`, when the first connection fails; later ones are tried again for ever. TypeError and RangeError for
 * options that are none.
 */
export async function connectStates(origin: StatesOrigin, options: StatesOptions = {}): Promise<UserStates> {
  return StatesView.open(await sourceOf(origin), options)
}

/** Each transport is loaded where it is used: who follows the API needs no Kafka client. */
async function sourceOf(origin: StatesOrigin): Promise<StateSource> {
  if ('sse' in origin) {
    const { SseStateSource } = await import('./sse-states.ts')
    return new SseStateSource(origin.sse)
  }
  if (!('kafka' in origin)) throw new TypeError('Cannot connect to user states: give one of kafka and sse')
  const { KafkaStateSource } = await import('./kafka-states.ts')
  return new KafkaStateSource(origin.kafka)
}
