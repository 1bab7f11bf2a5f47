import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { TopicSpec } from './log.ts'

export interface Topic extends TopicSpec {
  /** Stands for the name in keys; never reused. */
  readonly id: number
}

const MAX_TOPIC_ID = 0xffff

/** The topics of a log, with the errors that both implementations give for a topic or partition they lack. */
export class TopicTable {
  readonly #topics = new Map<string, Topic>()

  constructor(topics: readonly Topic[] = []) {
    this.add(topics)
  }

  /** The missing ones of `specs`, each with a new id. Throws `topic-mismatch` where one exists with other settings. */
  plan(specs: readonly TopicSpec[]): Topic[] {
    const planned = new Map<string, Topic>()
    let lastId = 0
    for (const topic of this.#topics.values()) lastId = Math.max(lastId, topic.id)
    for (const spec of specs) {
      checkSpec(spec)
      const known = this.#topics.get(spec.name) ?? planned.get(spec.name)
      if (known === undefined) {
        if (lastId === MAX_TOPIC_ID)
          throw new RangeError(`Cannot create topic ${spec.name}: there are ${lastId} topics`)
        lastId++
        planned.set(spec.name, { name: spec.name, partitions: spec.partitions, cleanup: spec.cleanup, id: lastId })
      } else if (known.partitions !== spec.partitions || known.cleanup !== spec.cleanup) {
        throw new LifecycleError(
          'topic-mismatch',
          `Cannot create topic ${spec.name} with ${spec.partitions} partitions and clean-up ${spec.cleanup}: ` +
            `it has ${known.partitions} and ${known.cleanup}`,
        )
      }
    }
    return [...planned.values()]
  }

  add(topics: readonly Topic[]): void {
    for (const topic of topics) this.#topics.set(topic.name, topic)
  }

  /** `action` is what the error says could not be done. */
  find(action: string, name: string, partition: number): Topic {
    const topic = this.#topics.get(name)
    if (topic === undefined) {
      throw new LifecycleError('unknown-topic', `Cannot ${action} ${name}/${partition}: there is no topic ${name}`)
    }
    if (!Number.isInteger(partition) || partition < 0 || partition >= topic.partitions) {
      throw new LifecycleError(
        'unknown-partition',
        `Cannot ${action} ${name}/${partition}: the topic has partitions 0 to ${topic.partitions - 1}`,
      )
    }
    return topic
  }

  specs(): readonly TopicSpec[] {
    return [...this.#topics.values()].map(({ name, partitions, cleanup }) => ({ name, partitions, cleanup }))
  }

  [Symbol.iterator](): IterableIterator<Topic> {
    return this.#topics.values()
  }
}

/** u16 id, u32 partitions, u8 1 when compacted; big-endian. */
export function encodeTopic(topic: Topic): Buffer {
  const bytes = Buffer.alloc(7)
  bytes.writeUInt16BE(topic.id, 0)
  bytes.writeUInt32BE(topic.partitions, 2)
  bytes[6] = topic.cleanup === 'compact' ? 1 : 0
  return bytes
}

export function decodeTopic(name: string, bytes: Uint8Array): Topic {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const cleanup = view.getUint8(6) === 1 ? 'compact' : 'delete'
  return { name, id: view.getUint16(0), partitions: view.getUint32(2), cleanup }
}

function checkSpec(spec: TopicSpec): void {
  if (spec.name === '') throw new TypeError('Cannot create a topic: its name is empty')
  if (!Number.isInteger(spec.partitions) || spec.partitions < 1) {
    throw new RangeError(`Cannot create topic ${spec.name}: its partition count is ${spec.partitions}`)
  }
}
