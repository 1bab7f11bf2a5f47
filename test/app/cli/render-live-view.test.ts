import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type LiveFrame, plainLine, renderLiveView } from '../../../src/app/cli/render-live-view.ts'
import type { UserId } from '../../../src/core/contracts/ids.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'

const MINUTE_MS = 60_000
const START_MS = Date.parse('2025-01-02T20:00:00Z')

const transitions = Array.from({ length: 12 }, (_, i) => ({
  ...SAMPLE_RECORDS.stageTransition,
  userId: (i === 11 ? 'a-user-id-of-more-than-sixteen' : `u${i}`) as UserId,
  eventTime: START_MS + i * MINUTE_MS,
}))
const alerts = Array.from({ length: 12 }, (_, i) => ({
  ...SAMPLE_RECORDS.lifecycleAlert,
  message: i === 11 ? `u${i} ${'left loyal and said so at length '.repeat(5)}` : `u${i} left loyal for new`,
  eventTime: START_MS + i * MINUTE_MS,
}))

const FRAME: LiveFrame = {
  title: 'simulated shop of 2,000 users',
  dataDir: 'stan-data',
  address: 'http://127.0.0.1:8080',
  streamTime: START_MS,
  runningSeconds: 20.4,
  events: 70_400,
  eventsPerSecond: 3685.7,
  examples: 35_691,
  trained: 34_816,
  bundleVersion: 11,
  deadLetters: 3,
  users: 1000,
  usersByStage: { new: 750, wander: 5, stick: 100, loyal: 145 },
  dormant: 12,
  transitionCount: 485,
  transitions,
  alertCount: 32,
  alerts,
  tasks: [
    { task: 'ctr', auc: 0.63718, logLoss: 0.6561, ece: 0.0103, pcoc: 0.994, aucTrend: [0.5, 0.6, 0.55, 0.6372] },
    { task: 'stay', auc: Number.NaN, logLoss: 0.6544, ece: 0.0107, pcoc: Number.NaN, aucTrend: [] },
    { task: 'a_task_with_a_name_of_27_cha', auc: 0.5, logLoss: 0.1, ece: 0, pcoc: 1, aucTrend: [0.5, 0.501] },
  ],
  windowExamples: 20_000,
  mode: 'ple',
  backend: 'native',
  rssBytes: 779 * 2 ** 20,
}

const view = (columns: number, rows: number, change: Partial<LiveFrame> = {}): string[] =>
  stripVTControlCharacters(renderLiveView({ ...FRAME, ...change }, { columns, rows })).split('\n')

describe('the live view', () => {
  test('of 80 x 24 shows every part', () => {
    expect(view(80, 24)).toEqual([
      'stan-lifecycle  simulated shop of 2,000 users                       running 20 s',
      'events   70,400   3,686/s   stream time 2025-01-02 20:00',
      'examples 35,691   trained 34,816   bundle 11   dead letters 3   779 MiB',
      'Users per stage   1,000 users, 12 dormant',
      `  new     ${'█'.repeat(39)}${'░'.repeat(13)}      750   75.0 %`,
      `  wander  ${'░'.repeat(52)}        5    0.5 %`,
      `  stick   ${'█'.repeat(5)}${'░'.repeat(47)}      100   10.0 %`,
      `  loyal   ${'█'.repeat(8)}${'░'.repeat(44)}      145   14.5 %`,
      'Ranker ple on native   predict, then train; last 20,000 examples',
      '  task                      AUC  log loss      ECE    PCOC    AUC so far',
      '  ctr                    0.6372    0.6561   0.0103    0.99    ▁▆▄█',
      '  stay                        –    0.6544   0.0107       –    ',
      '  a_task_with_a_name_…   0.5000    0.1000   0.0000    1.00    ▁▁',
      'Last transitions   485 so far',
      '  2025-01-02 20:08  u8                wander → stick   p 0.75',
      '  2025-01-02 20:09  u9                wander → stick   p 0.75',
      '  2025-01-02 20:10  u10               wander → stick   p 0.75',
      '  2025-01-02 20:11  a-user-id-of-mo…  wander → stick   p 0.75',
      'Alerts   32 so far',
      '  2025-01-02 20:09  warning   u9 left loyal for new',
      '  2025-01-02 20:10  warning   u10 left loyal for new',
      '  2025-01-02 20:11  warning   u11 left loyal and said so at length left loyal a…',
      'dashboard http://127.0.0.1:8080   Ctrl-C stops; the next start goes on from sta…',
    ])
  })

  test('never is wider than the terminal, nor so high that it would scroll', () => {
    for (const columns of [1, 20, 40, 59, 60, 79, 80, 100, 110, 111, 200]) {
      for (const rows of [2, 5, 12, 18, 23, 24, 30, 40, 60]) {
        const lines = view(columns, rows)
        expect(Math.max(...lines.map((line) => line.length)), `${columns} x ${rows}`).toBeLessThanOrEqual(columns)
        expect(lines.length, `${columns} x ${rows}`).toBeLessThan(rows)
      }
    }
  })

  test('uses the lines of a higher terminal for air and longer lists', () => {
    const lines = view(100, 40)
    expect(lines).toHaveLength(39)
    expect(lines.filter((line) => line === '')).toHaveLength(5)
    expect(lines.filter((line) => line.includes('→'))).toHaveLength(9)
    expect(lines.filter((line) => line.includes('warning'))).toHaveLength(8)
    expect(view(100, 80).filter((line) => line.includes('→'))).toHaveLength(10)
  })

  test('says so where there is nothing yet', () => {
    const usersByStage = { new: 0, wander: 0, stick: 0, loyal: 0 }
    const nothing = {
      users: 0,
      usersByStage,
      transitions: [],
      alerts: [],
      streamTime: 0,
      events: 0,
      eventsPerSecond: 0,
    }
    const lines = view(80, 24, nothing)
    expect(lines.filter((line) => line === '  none yet')).toHaveLength(2)
    expect(lines.join('\n')).not.toMatch(/NaN|1970|Infinity/)
    expect(lines[1]).toContain('stream time –')
  })

  test('shows a trend of many values in the room there is, the last value last', () => {
    const [task] = FRAME.tasks
    const aucTrend = Array.from({ length: 63 }, (_, i) => (i === 62 ? 1 : 0.5))
    const line = view(80, 24, { tasks: [{ ...task, aucTrend }] }).find((held) => held.startsWith('  ctr'))!
    expect(line).toMatch(/ {4}▁{29}█$/)
    expect(line).toHaveLength(80)
  })

  test('a name with control characters does not move the cursor', () => {
    expect(view(80, 24, { title: 'a\tb\nc' })[0]).toMatch(/^stan-lifecycle {2}a b c /)
  })
})

test('the plain line has the same figures without a terminal', () => {
  expect(plainLine(FRAME)).toBe(
    '20 s: 70400 events, 3686/s; new 750, wander 5, stick 100, loyal 145; 485 transitions, 32 alerts; ' +
      'ctr AUC 0.6372 loss 0.6561, stay AUC – loss 0.6544, a_task_with_a_name_of_27_cha AUC 0.5000 loss 0.1000',
  )
})
