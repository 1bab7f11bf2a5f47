import type { DeadLetter } from '../core/contracts/dead-letter.ts'
import type { LifecycleAlert } from '../core/contracts/lifecycle-alert.ts'
import type { StageTransition } from '../core/contracts/stage-transition.ts'
import type { TrainingExample } from '../core/contracts/training-example.ts'
import type { UserStateRecord } from '../core/contracts/user-state-record.ts'
import { TOPICS, type TopicName } from '../app/topics.ts'
import type { Log, ReadRecord } from '../io/log/log.ts'
import { readDeadLetter } from '../io/schemas/dead-letter-headers.ts'
import type { RecordCodecs } from '../io/schemas/record-codecs.ts'

const CHUNK = 4096

/** What the tracker has published, read from its topics as any consumer would. */
export class DriverOutputs {
  readonly states = new Map<string, UserStateRecord>()
  readonly transitions: StageTransition[] = []
  readonly alerts: LifecycleAlert[] = []
  readonly examples: TrainingExample[] = []
  readonly deadLetters: DeadLetter[] = []
  readonly #log: Log
  readonly #codecs: RecordCodecs
  readonly #positions = new Map<TopicName, number>()

  constructor(log: Log, codecs: RecordCodecs) {
    this.#log = log
    this.#codecs = codecs
  }

  /** Takes over what has come since the last time. */
  async follow(): Promise<void> {
    const { userState, stageTransition, lifecycleAlert, trainingExample } = this.#codecs
    for (const { key, value } of await this.#next(TOPICS.userStates)) {
      const userId = Buffer.from(key!).toString()
      if (value) this.states.set(userId, userState.decodeOwn(value))
      else this.states.delete(userId)
    }
    for (const { value } of await this.#next(TOPICS.stageTransitions)) {
      if (value) this.transitions.push(stageTransition.decodeOwn(value))
    }
    for (const { value } of await this.#next(TOPICS.lifecycleAlerts)) {
      if (value) this.alerts.push(lifecycleAlert.decodeOwn(value))
    }
    for (const { value } of await this.#next(TOPICS.trainingExamples)) {
      if (value) this.examples.push(trainingExample.decodeOwn(value))
    }
    for (const { value, headers } of await this.#next(TOPICS.deadLetters)) {
      const read = readDeadLetter(value, headers)
      if (read) this.deadLetters.push(read.letter)
    }
  }

  async #next(topic: TopicName): Promise<ReadRecord[]> {
    const records: ReadRecord[] = []
    for (let offset = this.#positions.get(topic) ?? 0; ;) {
      const slice = await this.#log.read(topic, 0, offset, CHUNK)
      if (slice.nextOffset === offset) return records
      records.push(...slice.records)
      offset = slice.nextOffset
      this.#positions.set(topic, offset)
    }
  }
}
