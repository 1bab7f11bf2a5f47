import { activeModel } from '../../src/core/active-model.ts'
import type { Interaction } from '../../src/core/contracts/interaction.ts'
import type { ModelBundle } from '../../src/core/contracts/model-bundle.ts'
import type { TrackOutput } from '../../src/core/contracts/track-output.ts'
import type { TrackerSettings } from '../../src/core/contracts/tracker-settings.ts'
import { type ActiveModel, trackUser, type Tracked, type TrackedUser } from '../../src/core/track-user.ts'
import { impressionTimers, type PendingImpression } from '../../src/core/user-state/pending-impression.ts'
import { sourceAt } from './tracker-settings.ts'

/** Runs the pure function for one user with the simplest possible keeping of impressions and timers. */
export class TrackDriver {
  model: ActiveModel
  user: TrackedUser | null = null
  readonly impressions = new Map<string, PendingImpression>()
  readonly outputs: TrackOutput[] = []
  private offset = 0
  private streamTime = 0

  constructor(settings: TrackerSettings, bundle: ModelBundle | null) {
    this.model = activeModel(settings, bundle)
  }

  /** Fires what is due up to the event's time, then tracks the event. */
  send(interaction: Interaction): Tracked {
    this.advance(interaction.eventTime)
    const impression = this.impressions.get(interaction.impressionId ?? '') ?? null
    const source = sourceAt(this.offset++)
    const streamTimeMs = this.streamTime
    const event = { kind: 'interaction' as const, interaction, impression, streamTimeMs, source }
    const tracked = trackUser(this.user, event, this.model)
    this.user = tracked.user
    if (tracked.impression) this.impressions.set(tracked.impression.impressionId, tracked.impression)
    this.outputs.push(...tracked.outputs)
    return tracked
  }

  advance(timeMs: number): void {
    for (;;) {
      const { joiner } = this.model.settings
      const impressionDues = [...this.impressions.values()].flatMap((impression) =>
        Object.values(impressionTimers(impression, joiner))
          .filter((due) => due > this.streamTime)
          .map((due) => ({ due, impression })),
      )
      const userDue = this.user?.state.timerDue ?? 0
      const dues = impressionDues.map(({ due }) => due)
      if (userDue > 0) dues.push(userDue)
      const due = Math.min(...dues)
      if (!(due <= timeMs)) break
      const source = sourceAt(this.offset)
      if (userDue === due) {
        const tracked = trackUser(this.user, { kind: 'user-timer', timeMs: due, source }, this.model)
        this.outputs.push(...tracked.outputs)
        continue
      }
      // Several may be due at once; all of them fire before the time moves on.
      for (const { impression } of impressionDues.filter((timer) => timer.due === due)) {
        const event = { kind: 'impression-timer' as const, impression, timeMs: due, source }
        const tracked = trackUser(this.user, event, this.model)
        if (!tracked.impression) this.impressions.delete(impression.impressionId)
        this.outputs.push(...tracked.outputs)
      }
      this.streamTime = due
    }
    this.streamTime = Math.max(this.streamTime, timeMs)
  }

  examples() {
    return this.outputs.flatMap((output) => (output.kind === 'example' ? [output.example] : []))
  }

  transitions() {
    return this.outputs.flatMap((output) => (output.kind === 'transition' ? [output.transition] : []))
  }
}
