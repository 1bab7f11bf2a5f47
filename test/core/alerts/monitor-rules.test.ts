import { describe, expect, test } from 'vitest'
import type { Observation } from '../../../src/core/alerts/observation.ts'
import { MONITOR_ALERT_KINDS } from '../../../src/core/alerts/monitor-rules.ts'
import type { LifecycleAlert } from '../../../src/core/contracts/lifecycle-alert.ts'
import type { UserId } from '../../../src/core/contracts/ids.ts'
import { STAGES } from '../../../src/core/contracts/stage.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { alertsOf, brief, onlyRules } from '../../support/monitor-bench.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, START_MS } from '../../support/tracker-settings.ts'

const WEEK_MS = 7 * DAY_MS

type Thresholds = Readonly<Record<string, number>>

/** A stream in which the rule fires and is resolved; what it breaches with comes again at once after that. */
interface Scenario {
  readonly thresholds: Thresholds
  readonly subject: string
  readonly observations: readonly Observation[]
  /** What its evidence must name. */
  readonly evidence: readonly string[]
}

function clock(timeMs: number): Observation {
  return { kind: 'clock', timeMs }
}

function input(timeMs: number, more: Partial<Extract<Observation, { kind: 'input' }>> = {}): Observation {
  return { kind: 'input', timeMs, lateMs: 0, type: 'impression', outcomes: {}, ...more }
}

/** `perDay` entries of each day by the mix of stages. */
function entries(days: readonly (readonly number[])[], perDay: number): Observation[] {
  return days.flatMap((mix, day) => [
    ...STAGES.flatMap((to, k) =>
      Array.from({ length: Math.round(perDay * mix[k]) }, (): Observation => {
        const eventTime = START_MS + day * DAY_MS + HOUR_MS
        return {
          kind: 'transition',
          transition: { ...SAMPLE_RECORDS.stageTransition, reason: 'evidence', to, eventTime },
        }
      }),
    ),
    clock(START_MS + (day + 1) * DAY_MS + 7 * HOUR_MS),
  ])
}

function weekOf(index: number, gained: number, lost: number): Observation {
  const startMs = START_MS + index * WEEK_MS
  const growth = { active: 500, new: gained, retained: 400, returned: 0, dormant: lost, quickRatio: gained / lost }
  return { kind: 'growth', interval: 'week', startMs, endMs: startMs + WEEK_MS, growth }
}

function cohort(index: number, active: number): Observation {
  const startMs = START_MS + index * WEEK_MS
  const earlier = [40, 44, 42, 38, 41].map((held) => ({ users: 100, active: held }))
  return { kind: 'cohort', startMs, endMs: startMs + 2 * WEEK_MS, age: 1, users: 100, active, earlier }
}

/** An hour with so many events, some of them late. */
function lateHour(hour: number, late: number): Observation[] {
  const at = START_MS + hour * HOUR_MS
  return [
    ...Array.from({ length: 200 }, (_, i) => (i < late ? input(at - 2 * HOUR_MS, { lateMs: 2 * HOUR_MS }) : input(at))),
    clock(at + HOUR_MS),
  ]
}

function deadHour(hour: number, dead: number): Observation[] {
  const timeMs = START_MS + hour * HOUR_MS
  return [
    ...Array.from({ length: 200 }, () => input(timeMs)),
    ...Array.from({ length: dead }, (): Observation => ({ kind: 'dead-letter', timeMs })),
    clock(timeMs + HOUR_MS),
  ]
}

/** Trials with a click every fourth one, or without; six hours. */
function clicks(fromHour: number, hasClicks: boolean): Observation[] {
  return Array.from({ length: 600 }, (_, i) => {
    const timeMs = START_MS + fromHour * HOUR_MS + i * 36_000
    const outcomes = hasClicks && i % 4 === 0 ? { click: 1 } : {}
    return [input(timeMs, { outcomes }), ...(i % 50 === 49 ? [clock(timeMs)] : [])]
  }).flat()
}

/** Predictions whose labels come true at the rate of `truth`. */
function predictions(count: number, score: number, truth: number, hour: number): Observation[] {
  return Array.from({ length: count }, (_, i): Observation => {
    const label = Math.floor((i + 1) * truth) > Math.floor(i * truth) ? 1 : 0
    const tasks = [{ task: 'ctr', trial: true, score, label }]
    const impressionTime = START_MS + hour * HOUR_MS + i
    return {
      kind: 'prediction',
      prediction: { ...SAMPLE_RECORDS.prediction, impressionTime, exampleCount: 100_000, tasks },
    }
  })
}

/** Published states with posterior means and embeddings that spread around a value. */
function states(count: number, hour: number, { spread = 0.1, shift = 0 } = {}): Observation[] {
  const random = createSeededRandom(hour + 1)
  return Array.from({ length: count }, (): Observation => {
    const draw = random.next() - 0.5
    const tasks = [{ ...SAMPLE_RECORDS.userState.tasks[0], mean: 0.5 + spread * draw }]
    const embedding = Float32Array.of(shift + draw, shift - draw)
    return {
      kind: 'state',
      state: { ...SAMPLE_RECORDS.userState, eventTime: START_MS + hour * HOUR_MS, tasks, embedding },
    }
  })
}

function lags(fromMinute: number, minutes: number, records: number): Observation[] {
  return Array.from({ length: minutes }, (_, i): Observation => {
    return { kind: 'lag', timeMs: START_MS + (fromMinute + i) * MINUTE_MS, records }
  })
}

const OLD = [0.5, 0.1, 0.2, 0.2]
const NEW = [0.2, 0.1, 0.2, 0.5]
const repeat = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value)
const block = { block: 400, warmUpExamples: 1000 }

const SCENARIOS: Readonly<Record<(typeof MONITOR_ALERT_KINDS)[number], Scenario>> = {
  'stage-share-shift': {
    thresholds: { windowDays: 4, skipDays: 1 },
    subject: 'population',
    // One day is left out, four are the reference, four differ; then these are the reference.
    observations: entries([...repeat(5, OLD), ...repeat(8, NEW), OLD], 60),
    evidence: ['eValue', 'distance', 'before', 'now'],
  },
  'quick-ratio-below-one': {
    thresholds: {},
    subject: 'population',
    observations: [weekOf(1, 100, 90), weekOf(2, 60, 140), weekOf(3, 100, 100), weekOf(3, 60, 140)],
    evidence: ['quickRatio', 'gained', 'lost'],
  },
  'cohort-below-forecast': {
    thresholds: {},
    subject: 'week 1',
    observations: [cohort(6, 40), cohort(7, 12), cohort(7, 12), cohort(8, 41)],
    evidence: ['rate', 'forecast', 'bound', 'earlierCohorts'],
  },
  'task-events-stopped': {
    thresholds: {},
    subject: 'ctr',
    observations: [...clicks(0, true), ...clicks(6, true), ...clicks(12, false), ...clicks(18, true)],
    evidence: ['trialsSince', 'expected', 'silentHours'],
  },
  'late-share': {
    thresholds: {},
    subject: 'interactions',
    observations: [0, 30, 30, 30, 2, 2, 30, 30].flatMap((late, hour) => lateHour(hour, late)),
    evidence: ['late', 'events', 'share'],
  },
  'dead-letter-rate': {
    thresholds: {},
    subject: 'interactions',
    observations: [0, 20, 20, 20, 0, 0, 20].flatMap((dead, hour) => deadHour(hour, dead)),
    evidence: ['letters', 'records', 'rate'],
  },
  'calibration-error': {
    thresholds: block,
    subject: 'ctr',
    observations: [0.3, 0.5, 0.5, 0.5, 0.3, 0.3, 0.5, 0.5].flatMap((truth, i) => predictions(400, 0.3, truth, i)),
    evidence: ['error', 'chance', 'examples'],
  },
  'loss-jump': {
    thresholds: block,
    subject: 'ctr',
    observations: [...repeat(10, 0.3), 0.6, 0.6, 0.3, 0.3, 0.6].flatMap((truth, i) => predictions(400, 0.3, truth, i)),
    evidence: ['loss', 'before', 'deviation'],
  },
  'posterior-collapse': {
    thresholds: { window: 100 },
    subject: 'ctr',
    observations: [0.1, 0.1, 0.1, 0.1, 0.001, 0.001, 0.1, 0.001].flatMap((spread, i) => states(100, i, { spread })),
    evidence: ['spread', 'usual', 'ratio'],
  },
  'embedding-drift': {
    thresholds: { window: 100, warmUpBundles: 5 },
    subject: 'population',
    observations: [...repeat(10, 0), 1, 0, 0, 1].flatMap((shift, i) => states(100, i, { shift })),
    evidence: ['drift', 'states', 'bundleVersion'],
  },
  'lag-burn': {
    thresholds: {},
    subject: 'tracker',
    observations: [...lags(0, 60, 0), ...lags(60, 10, 50_000), ...lags(70, 10, 0), ...lags(80, 10, 50_000)],
    evidence: ['lagRecords', 'burn1h', 'burn5m', 'burn6h', 'burn30m'],
  },
  'restore-stuck': {
    thresholds: {},
    subject: 'partition 3',
    observations: [500, 400, ...repeat(8, 400), 300, ...repeat(8, 300)].map((left, minute): Observation => {
      return { kind: 'restore', timeMs: START_MS + minute * MINUTE_MS, remaining: { 3: left } }
    }),
    evidence: ['partition', 'remaining', 'stuckMinutes'],
  },
  freshness: {
    thresholds: {},
    subject: 'view',
    observations: [1, ...repeat(4, 90), ...repeat(4, 1), ...repeat(4, 90)].map((lagSeconds, minute): Observation => {
      return { kind: 'freshness', timeMs: START_MS + minute * MINUTE_MS, lagSeconds }
    }),
    evidence: ['lagSeconds', 'bound'],
  },
  'state-skew': {
    thresholds: {},
    subject: 'states',
    observations: [0, 1, 2, 0, 0, 0, 1].map((differing, minute): Observation => {
      return { kind: 'skew', timeMs: START_MS + minute * MINUTE_MS, checked: 400, differing, example: 'u1 stage' }
    }),
    evidence: ['checked', 'differing', 'example'],
  },
}

function alertsIn(kind: (typeof MONITOR_ALERT_KINDS)[number], restartEvery?: number): LifecycleAlert[] {
  const { thresholds, observations } = SCENARIOS[kind]
  return alertsOf(onlyRules({ [kind]: thresholds }), observations, restartEvery)
}

describe.each(MONITOR_ALERT_KINDS)('rule %s', (kind) => {
  const { subject, evidence } = SCENARIOS[kind]
  const alerts = alertsIn(kind)

  test('fires once, is resolved once, and is quiet within its cool-down', () => {
    expect(brief(alerts)).toEqual([`${subject} firing`, `${subject} resolved`])
  })

  test('gives both records one key, its evidence, an action and a runbook', () => {
    const [firing, resolved] = alerts
    expect(resolved.deduplicationKey).toBe(firing.deduplicationKey)
    expect(firing).toMatchObject({ kind, endsAt: null, fingerprint: `${kind}/${subject}` })
    expect(resolved).toMatchObject({ startsAt: firing.startsAt, endsAt: resolved.eventTime })
    expect(resolved.endsAt).toBeGreaterThan(firing.startsAt)
    expect(Object.keys(firing.evidence)).toEqual(expect.arrayContaining([...evidence, 'position']))
    expect(firing.suggestedAction).not.toBe('')
    expect(firing.runbook).toBe(`deploy/runbooks/${kind}.md`)
  })

  test('says the same when its state goes through JSON at any observation', () => {
    expect(alertsIn(kind, 1)).toEqual(alerts)
    expect(alertsIn(kind, 7)).toEqual(alerts)
  })
})

describe('alert monitor', () => {
  test('fires again after the cool-down', () => {
    const weeks = [weekOf(1, 60, 140), weekOf(2, 100, 90), weekOf(3, 60, 140), weekOf(4, 60, 140)]
    // Two weeks of cool-down: the third week's end is just beyond them.
    expect(brief(alertsOf(onlyRules({ 'quick-ratio-below-one': {} }), weeks))).toEqual([
      'population firing',
      'population resolved',
      'population firing',
    ])
  })

  test('says nothing of a rule that is switched off', () => {
    expect(alertsOf(onlyRules({}), SCENARIOS['dead-letter-rate'].observations)).toEqual([])
  })

  test('keeps subjects apart: one partition that restores does not resolve another', () => {
    const observations = Array.from({ length: 9 }, (_, minute): Observation => {
      const remaining = { 0: 400, 1: 400 - minute }
      return { kind: 'restore', timeMs: START_MS + minute * MINUTE_MS, remaining }
    })
    expect(brief(alertsOf(onlyRules({ 'restore-stuck': {} }), observations))).toEqual(['partition 0 firing'])
  })

  test('a restore that a stop cut short, and that begins anew after it, is not stuck meanwhile', () => {
    const at = (minute: number, left: number): Observation => {
      return { kind: 'restore', timeMs: START_MS + minute * MINUTE_MS, remaining: { 0: left } }
    }
    const rules = onlyRules({ 'restore-stuck': {} })
    expect(alertsOf(rules, [at(0, 400), at(20, 400), at(21, 300), at(22, 0)])).toEqual([])
    expect(brief(alertsOf(rules, [at(0, 400), at(20, 400), at(22, 400), at(25, 400)]))).toEqual(['partition 0 firing'])
  })

  test('a shift of the stages within the noise of correlated days does not fire', () => {
    const random = createSeededRandom(5)
    // Day by day the mix goes up and down by much more than a multinomial would.
    const days = Array.from({ length: 120 }, () => {
      const up = 0.36 * (random.next() - 0.5)
      return [0.5 + up, 0.1, 0.2, 0.2 - up]
    })
    const rules = onlyRules({ 'stage-share-shift': { windowDays: 10, skipDays: 10, minShift: 0 } })
    expect(alertsOf(rules, entries(days, 400))).toEqual([])
  })

  test('a burst of lag that five minutes alone would condemn does not fire', () => {
    const observations = [...lags(0, 60, 0), ...lags(60, 6, 50_000), ...lags(66, 30, 0)]
    expect(alertsOf(onlyRules({ 'lag-burn': {} }), observations)).toEqual([])
  })

  test('lag that comes and goes for hours fires by the slow windows', () => {
    const observations = Array.from({ length: 30 }, (_, i) => [
      ...lags(12 * i, 1, 50_000),
      ...lags(12 * i + 1, 11, 0),
    ]).flat()
    const [alert] = alertsOf(onlyRules({ 'lag-burn': {} }), observations)
    expect(alert.status).toBe('firing')
    expect(Number(alert.evidence.burn1h)).toBeLessThan(14.4)
  })

  test('embeddings of a young extractor are not judged', () => {
    const { observations } = SCENARIOS['embedding-drift']
    const rules = onlyRules({ 'embedding-drift': { window: 100, warmUpBundles: 6 } })
    expect(alertsOf(rules, observations)).toEqual([])
  })

  test('knows users only by their ids in evidence that is not about a user', () => {
    const userId = 'somebody' as UserId
    const observations = states(100, 0).map((held) =>
      held.kind === 'state' ? { ...held, state: { ...held.state, userId } } : held,
    )
    expect(JSON.stringify(alertsOf(onlyRules({ 'posterior-collapse': { window: 100 } }), observations))).not.toContain(
      userId,
    )
  })
})
