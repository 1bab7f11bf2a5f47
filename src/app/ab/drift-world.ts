import { activeModel } from '../../core/active-model.ts'
import type { TrainingExample } from '../../core/contracts/training-example.ts'
import { auc } from '../../core/ranker/metrics/auc.ts'
import { logLoss } from '../../core/ranker/metrics/log-loss.ts'
import { nextEvents } from '../../core/simulator/next-events.ts'
import { createWorld, DAY_MS } from '../../core/simulator/world.ts'
import { rankerSettingsOf, trackerSettingsOf } from '../config/compile-config.ts'
import { type OnDay, worldSeedOf } from './ab-plan.ts'
import type { DayQuality, DriftPlan, DriftWorld } from './drift-plan.ts'
import { MemoryTracker } from './memory-tracker.ts'
import { OnlineLearner } from './online-learner.ts'

const CHUNK = 500

/** Scores and labels of one ranker: [day][task]. */
type Scored = { readonly scores: number[]; readonly labels: number[] }[][]

/**
 * One world that changes after `daysBefore`, its own stream through tracker and ranker: `online` learns on, `frozen` is a
 * copy that stops at the change (its users' states go on). `reference` has lived in the changed world from the first day:
 * what can be had there at that age.
 */
export async function driftWorld(plan: DriftPlan, worldIndex: number, onDay: OnDay): Promise<DriftWorld> {
  const changed = await playStream(plan, worldIndex, plan.daysBefore, onDay)
  const reference = await playStream(plan, worldIndex, 0, onDay)
  return {
    online: qualities(changed.online),
    frozen: qualities(changed.frozen),
    reference: qualities(reference.online),
  }
}

async function playStream(plan: DriftPlan, worldIndex: number, changeDay: number, onDay: OnDay) {
  const { config, change, users, items, daysBefore, daysAfter } = plan
  const world = createWorld({
    seed: worldSeedOf(plan, worldIndex),
    userCount: users,
    itemCount: items,
    arrivalDays: daysBefore + daysAfter,
    change,
    changeDay,
  })
  const { startTimeMs } = world.settings
  const days = daysBefore + daysAfter
  const changeMs = startTimeMs + daysBefore * DAY_MS
  const settings = rankerSettingsOf({ ...config, seed: config.seed + worldIndex })
  const tracker = new MemoryTracker(activeModel(trackerSettingsOf(config), null))
  const learner = new OnlineLearner(settings, config.ranker.bundleEvery)
  let frozen: OnlineLearner | null = null
  const empty = (): Scored => Array.from({ length: days }, () => settings.tasks.map(() => ({ scores: [], labels: [] })))
  const [online, still] = [empty(), empty()]
  const dayOf = ({ impressionTime }: TrainingExample): number => Math.floor((impressionTime - startTimeMs) / DAY_MS)
  try {
    let day = 0
    for (;;) {
      for (const event of nextEvents(world, CHUNK)) tracker.send(event)
      const examples = tracker.takeExamples()
      const bundle = learner.add(examples, {
        // The first batch that has seen the change is the first that the frozen copy does not learn from.
        before: (batch) => {
          const hasChanged = batch.some(({ impressionTime }) => impressionTime >= changeMs)
          if (!frozen && changeDay > 0 && hasChanged) frozen = learner.copy()
        },
        scored: (batch, scores) => {
          keep(online, batch, scores, dayOf)
          if (changeDay > 0) keep(still, batch, frozen ? frozen.ranker.predict(batch) : scores, dayOf)
        },
      })
      if (bundle) tracker.model = activeModel(tracker.model.settings, bundle)
      const newest = examples.reduce((last, example) => Math.max(last, dayOf(example)), day)
      for (; day < newest; day++) await onDay()
      if (day >= days) return { online, frozen: still }
    }
  } finally {
    learner.dispose()
    ;(frozen as OnlineLearner | null)?.dispose()
  }
}

function keep(
  to: Scored,
  batch: readonly TrainingExample[],
  scores: Float32Array,
  dayOf: (example: TrainingExample) => number,
): void {
  batch.forEach((example, b) => {
    const day = dayOf(example)
    if (example.kind === 'correction' || day < 0 || day >= to.length) return
    example.tasks.forEach(({ trial, label }, k) => {
      if (!trial || Number.isNaN(label)) return
      to[day][k].scores.push(scores[b * example.tasks.length + k])
      to[day][k].labels.push(label >= 0.5 ? 1 : 0)
    })
  })
}

function qualities(scored: Scored): DayQuality[] {
  return scored.map((tasks) => ({
    examples: Math.max(...tasks.map(({ labels }) => labels.length)),
    auc: meanOf(tasks.map(({ scores, labels }) => auc(scores, labels))),
    logLoss: meanOf(tasks.map(({ scores, labels }) => logLoss(scores, labels))),
  }))
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
