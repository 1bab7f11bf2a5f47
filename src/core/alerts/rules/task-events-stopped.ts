import { EVENT_TYPES, type EventType } from '../../contracts/interaction.ts'
import type { TaskDefinition } from '../../contracts/task-definition.ts'
import { monitorRule, NO_VERDICTS, type RuleContext, type Verdict } from '../monitor-rule.ts'

const HOUR_MS = 3_600_000
/** Successes that a rate needs before it says anything. */
const MIN_SUCCESSES = 50
/** Trials after which the past counts half. */
const MEMORY = 50_000

interface TaskState {
  trials: number
  successes: number
  /** Trials since the latest success, and its event time. */
  trialsSince: number
  lastSuccessMs: number
  isStopped: boolean
}

/** The events that make a task's successes do not come any more although its trials do. */
export const TASK_EVENTS_STOPPED = monitorRule<Record<string, TaskState>>({
  definition: {
    kind: 'task-events-stopped',
    family: 'data',
    severity: 'critical',
    coolDownHours: 6,
    fireAfter: 1,
    clearAfter: 1,
    thresholds: {
      minExpected: { default: 30, min: 1, max: 1e6, describe: 'Successes that should have come in the meantime' },
      minSilenceHours: { default: 3, min: 0, max: 720, describe: 'Event time without a success, at least' },
    },
    watches:
      'Trials of each task since its latest success. Fires when minExpected successes should have come by the task’s own ' +
      'rate (by chance none of 30 comes once in 10^13), and none has for minSilenceHours; resolved by the next ones.',
    action:
      'Ask who sends these events: a client release, a consent banner, a broken pipeline. The posteriors fall meanwhile.',
  },
  sees: ['input', 'clock'],
  start: () => ({}),
  observe: (state, observation, { thresholds, tasks }) => {
    if (observation.kind === 'clock') {
      return tasks.flatMap((task) => {
        const held = state[task.name]
        return held ? verdictsOf(task, held, observation.timeMs, thresholds) : []
      })
    }
    if (observation.kind !== 'input') return NO_VERDICTS
    const nowMs = observation.timeMs + observation.lateMs
    return tasks.flatMap((task) => {
      const held = (state[task.name] ??= {
        trials: 0,
        successes: 0,
        trialsSince: 0,
        lastSuccessMs: 0,
        isStopped: false,
      })
      held.trialsSince += countOf(observation, task.trial)
      const wasStopped = held.isStopped
      if (countOf(observation, task.success) > 0) countSuccess(held, observation.timeMs)
      else held.isStopped ||= hasStopped(held, nowMs, thresholds)
      // In between, the clock says how it stands.
      return held.isStopped === wasStopped ? NO_VERDICTS : verdictsOf(task, held, nowMs, thresholds)
    })
  },
})

function expectedOf({ trialsSince, successes, trials }: TaskState): number {
  return successes < MIN_SUCCESSES ? 0 : (trialsSince * successes) / trials
}

function hasStopped(
  held: TaskState,
  nowMs: number,
  { minExpected, minSilenceHours }: RuleContext['thresholds'],
): boolean {
  return expectedOf(held) >= minExpected && nowMs - held.lastSuccessMs >= minSilenceHours * HOUR_MS
}

function verdictsOf(
  { name, success }: TaskDefinition,
  held: TaskState,
  atMs: number,
  { minExpected }: RuleContext['thresholds'],
): readonly Verdict[] {
  if (held.successes < MIN_SUCCESSES) return NO_VERDICTS
  const expected = expectedOf(held)
  const isFine = !held.isStopped && expected < minExpected / 3
  const evidence = {
    task: name,
    event: success,
    trialsSince: String(held.trialsSince),
    expected: expected.toFixed(1),
    rate: (held.successes / held.trials).toPrecision(3),
    silentHours: ((atMs - held.lastSuccessMs) / HOUR_MS).toFixed(1),
    latest: new Date(held.lastSuccessMs).toISOString(),
  }
  const message = isFine
    ? `Events of the type ${success} come`
    : `No ${success} for ${evidence.silentHours} h: ${evidence.expected} should have come by the rate of ${name}`
  return [{ subject: name, level: held.isStopped ? 'breach' : isFine ? 'clear' : 'between', atMs, message, evidence }]
}

function countOf(
  { type, outcomes }: { type: EventType; outcomes: Readonly<Partial<Record<EventType, number>>> },
  wanted: EventType,
): number {
  return (type === wanted ? 1 : 0) + (EVENT_TYPES.includes(wanted) && (outcomes[wanted] ?? 0) > 0 ? 1 : 0)
}

/** Trials count from the next success on, so that a silence does not lower the rate that it is judged by. */
function countSuccess(held: TaskState, timeMs: number): void {
  held.trials += held.trialsSince
  held.trialsSince = 0
  held.successes++
  held.isStopped = false
  held.lastSuccessMs = Math.max(held.lastSuccessMs, timeMs)
  if (held.trials > MEMORY) {
    held.trials /= 2
    held.successes /= 2
  }
}
