import { USER_ALERT_KINDS, type UserAlertKind } from '../../core/contracts/lifecycle-alert.ts'
import { byStage, STAGES, type Stage } from '../../core/contracts/stage.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import { publishUserState } from '../../core/publish-user-state.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'
import { encodeId } from '../encode-id.ts'
import type { ReplayedSlice } from '../replay/partition-replay.ts'
import { storeEntries } from '../replay/store-entries.ts'
import { TOPICS } from '../topics.ts'

export type FlowCounts = Record<Stage, Record<Stage, number>>

/** Part of a side's notes: the latest state of each user, and their latest move by evidence. */
const STATE = 0x73
const MOVE = 0x6d

/** What one of the two worlds did in the time that is looked at. */
export class Side {
  readonly flow: FlowCounts = byStage(() => byStage(() => 0))
  readonly alerts = Object.fromEntries(USER_ALERT_KINDS.map((kind) => [kind, 0])) as Record<UserAlertKind, number>
  dormant = 0
  returned = 0
  readonly #notes: StateStore
  readonly #codecs: RecordCodecs
  readonly #counts: (timeMs: number) => boolean

  /** `notes` is a store of this side's own. */
  constructor(notes: StateStore, codecs: RecordCodecs, counts: (timeMs: number) => boolean) {
    this.#notes = notes
    this.#codecs = codecs
    this.#counts = counts
  }

  get moves(): number {
    return STAGES.reduce((sum, from) => sum + STAGES.reduce((all, to) => all + this.flow[from][to], 0), 0)
  }

  async take({ outputs, changed, model }: ReplayedSlice, partition: number): Promise<void> {
    const entries = new Map<string, StoreEntry>()
    const put = (kind: number, userId: string, value: Uint8Array | null): void => {
      const key = Buffer.concat([Buffer.of(kind), encodeId(userId)])
      entries.set(key.toString('latin1'), { key, value })
    }
    for (const { output } of outputs) {
      if (output.kind === 'alert' && output.alert.status === 'firing' && this.#counts(output.alert.eventTime)) {
        // The tracker's own rules alone alert in its outputs.
        this.alerts[output.alert.kind as UserAlertKind]++
      }
      if (output.kind !== 'transition') continue
      const { transition } = output
      if (transition.reason === 'evidence') {
        put(MOVE, transition.userId, this.#codecs.stageTransition.encode(transition))
      }
      if (!this.#counts(transition.eventTime)) continue
      if (transition.reason === 'evidence') this.flow[transition.from][transition.to]++
      else this[transition.reason]++
    }
    const source = { topic: TOPICS.interactions, partition }
    for (const { userId, user } of changed) {
      put(STATE, userId, user && this.#codecs.userState.encode(publishUserState(user, source, model)))
      if (!user) put(MOVE, userId, null)
    }
    await this.#notes.apply({ entries: [...entries.values()], position: { nextOffset: 0, changelogOffset: 0 } })
  }

  /** The users' latest states, in the order of their ids. */
  async *states(): AsyncGenerator<UserStateRecord, void, undefined> {
    for await (const { value } of storeEntries(this.#notes, Buffer.of(STATE), Buffer.of(STATE + 1))) {
      yield this.#codecs.userState.decodeOwn(value)
    }
  }

  /** Event time of a user's latest move by evidence, and where it led; null for one that never moved. */
  async lastMoveOf(userId: string): Promise<{ eventTime: number; from: Stage; to: Stage } | null> {
    const value = await this.#notes.get(Buffer.concat([Buffer.of(MOVE), encodeId(userId)]))
    if (!value) return null
    const { eventTime, from, to } = this.#codecs.stageTransition.decodeOwn(value)
    return { eventTime, from, to }
  }
}
