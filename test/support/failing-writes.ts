import type { Log, LogTransaction, OutputRecord, TopicSpec } from '../../src/io/log/log.ts'
import type { StateStore, StoreBatch } from '../../src/io/store/state-store.ts'

export const FAILURE_SIDES = ['before', 'after'] as const
/** Whether the write that fails has taken effect. */
export type FailureSide = (typeof FAILURE_SIDES)[number]

/** What a failed write throws. */
export class WriteFailed extends Error {}

/**
 * Makes chosen writes of a log and stores fail. Their writes are counted together, from 1, in the order they are asked
 * for. After a crash nothing works any more, reads included, as in a dead process; after a fault the next write does.
 */
export class FailingWrites {
  /** Writes asked for so far, one line each. */
  readonly asked: string[] = []
  private readonly fails: (write: number, name: string) => FailureSide | null
  private readonly lasting: boolean
  private dead = false

  private constructor(fails: (write: number, name: string) => FailureSide | null, lasting: boolean) {
    this.fails = fails
    this.lasting = lasting
  }

  static never(): FailingWrites {
    return new FailingWrites(() => null, false)
  }

  static crashAt(write: number, side: FailureSide): FailingWrites {
    return new FailingWrites((asked) => (asked === write ? side : null), true)
  }

  static faultAt(writes: readonly number[], side: FailureSide): FailingWrites {
    return new FailingWrites((asked) => (writes.includes(asked) ? side : null), false)
  }

  get crashed(): boolean {
    return this.dead
  }

  log(log: Log): Log {
    const read = <T>(work: () => Promise<T>): Promise<T> => this.read(work)
    return {
      id: log.id,
      ensureTopics: (topics: readonly TopicSpec[]) => log.ensureTopics(topics),
      topics: () => log.topics(),
      append: (records: readonly OutputRecord[]) => this.write('append', () => log.append(records)),
      openWriter: async (task) => {
        const writer = await read(() => log.openWriter(task))
        return {
          commit: (transaction: LogTransaction) =>
            this.write(`commit ${transaction.group}`, () => writer.commit(transaction)),
          close: () => writer.close(),
        }
      },
      join: (group, topic, listener) => log.join(group, topic, listener),
      startOffset: (topic, partition) => read(() => log.startOffset(topic, partition)),
      read: (topic, partition, offset, limit) => read(() => log.read(topic, partition, offset, limit)),
      endOffset: (topic, partition) => read(() => log.endOffset(topic, partition)),
      committed: (group, topic, partition) => read(() => log.committed(group, topic, partition)),
      changed: () => log.changed(),
      close: () => log.close(),
    }
  }

  store(store: StateStore, name = 'store'): StateStore {
    const read = <T>(work: () => Promise<T>): Promise<T> => this.read(work)
    return {
      position: () => read(() => store.position()),
      get: (key) => read(() => store.get(key)),
      getMany: (keys) => read(() => store.getMany(keys)),
      range: (from, to, limit) => read(() => store.range(from, to, limit)),
      apply: (batch: StoreBatch) => this.write(`apply ${name}`, () => store.apply(batch)),
      clear: () => this.write(`clear ${name}`, () => store.clear()),
      close: () => store.close(),
    }
  }

  private async read<T>(work: () => Promise<T>): Promise<T> {
    if (this.dead) throw new WriteFailed('the process is dead')
    return work()
  }

  private async write<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.dead) throw new WriteFailed('the process is dead')
    this.asked.push(name)
    const side = this.fails(this.asked.length, name)
    if (side === null) return work()
    if (side === 'after') await work()
    this.dead = this.lasting
    throw new WriteFailed(`write ${this.asked.length} (${name}) failed, ${side} it took effect`)
  }
}
