import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import type { Stage } from '../../core/contracts/stage.ts'
import type { StageTransition } from '../../core/contracts/stage-transition.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { TOPICS } from '../topics.ts'

const KEPT = 12
const CHUNK = 4096

/** What a live view shows of the output topics: it follows them and keeps counts and the latest records. */
export class LiveBoard {
  readonly usersByStage: Record<Stage, number> = { new: 0, wander: 0, stick: 0, loyal: 0 }
  dormant = 0
  readonly transitions: StageTransition[] = []
  readonly alerts: LifecycleAlert[] = []
  transitionCount = 0
  alertCount = 0
  private readonly users = new Map<string, { stage: Stage; dormant: boolean }>()
  private readonly positions = new Map<string, number>()
  private readonly log: Log
  private readonly codecs: RecordCodecs

  constructor(log: Log, codecs: RecordCodecs) {
    this.log = log
    this.codecs = codecs
  }

  get userCount(): number {
    return this.users.size
  }

  /** Reads what came since the last call. */
  async follow(): Promise<void> {
    const { codecs } = this
    await this.tail(TOPICS.userStates, (key, value) => {
      if (!value) return this.setUser(key, null)
      const { userId, stage, dormant } = codecs.userState.decodeOwn(value)
      this.setUser(userId, { stage, dormant })
    })
    await this.tail(TOPICS.stageTransitions, (_, value) => {
      if (!value) return
      const transition = codecs.stageTransition.decodeOwn(value)
      if (transition.reason !== 'evidence') return
      this.transitionCount++
      keepLast(this.transitions, transition)
    })
    await this.tail(TOPICS.lifecycleAlerts, (_, value) => {
      const alert = value && codecs.lifecycleAlert.decodeOwn(value)
      if (alert?.status !== 'firing') return
      this.alertCount++
      keepLast(this.alerts, alert)
    })
  }

  private setUser(userId: string, next: { stage: Stage; dormant: boolean } | null): void {
    const held = this.users.get(userId)
    if (held) {
      this.usersByStage[held.stage]--
      if (held.dormant) this.dormant--
    }
    if (!next) {
      this.users.delete(userId)
      return
    }
    this.users.set(userId, next)
    this.usersByStage[next.stage]++
    if (next.dormant) this.dormant++
  }

  private async tail(topic: string, take: (key: string, value: Uint8Array | null) => void): Promise<void> {
    const partitions = this.log.topics().find(({ name }) => name === topic)?.partitions ?? 0
    for (let partition = 0; partition < partitions; partition++) {
      const name = `${topic}/${partition}`
      for (;;) {
        const from = this.positions.get(name) ?? 0
        const slice = await this.log.read(topic, partition, from, CHUNK)
        if (slice.nextOffset === from) break
        this.positions.set(name, slice.nextOffset)
        for (const { key, value } of slice.records) take(key ? decoder.decode(key) : '', value)
      }
    }
  }
}

const decoder = new TextDecoder()

function keepLast<T>(list: T[], value: T): void {
  list.push(value)
  if (list.length > KEPT) list.shift()
}
