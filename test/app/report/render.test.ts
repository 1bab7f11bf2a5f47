import { describe, expect, test } from 'vitest'
import type { IngestReport } from '../../../src/app/report/ingest-report.ts'
import { renderIngestReport } from '../../../src/app/report/render-ingest-report.ts'
import { renderState } from '../../../src/app/report/render-state.ts'
import { textTable } from '../../../src/app/report/text-table.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'

const REPORT: IngestReport = {
  events: 29_441,
  duplicates: 12,
  deadLetters: 0,
  examples: 29_429,
  users: 1000,
  eventsPerSecond: 1999.6,
  usersByStage: { new: 750, wander: 125, stick: 100, loyal: 25 },
  transitions: { new: { wander: 1590, stick: 61 }, loyal: { new: 7 } },
  tasks: {
    click: { auc: 0.68998, logLoss: 0.6239, ece: 0.0118, pcoc: 1.0042, positives: 6477, examples: 14_721 },
    a_task_with_a_long_name: {
      auc: Number.NaN,
      logLoss: 0.5,
      ece: 0.25,
      pcoc: Number.NaN,
      positives: 0,
      examples: 2,
    },
  },
  mode: 'ple',
  backend: 'wasm',
  wallSeconds: 14.72,
  peakRssBytes: 600 * 2 ** 20,
}

describe('the closing report', () => {
  test('tells counts, stages with their changes, and metrics', () => {
    expect(renderIngestReport(REPORT)).toBe(
      [
        '29,441 rows read, 12 of them already known; 2,000 rows/s, 14.7 s',
        'In the data folder: 1,000 users, 29,429 examples, 0 dead letters',
        'Peak memory 600 MiB',
        '',
        'stage    users    share   to new   to wander   to stick   to loyal',
        'new        750   75.0 %                1,590         61          0',
        'wander     125   12.5 %        0                      0          0',
        'stick      100   10.0 %        0           0                     0',
        'loyal       25    2.5 %        7           0          0',
        '',
        'Prequential, second half, ple on wasm',
        'task                         AUC   log loss      ECE    PCOC   positives   examples',
        'click                     0.6900     0.6239   0.0118   1.004       6,477     14,721',
        'a_task_with_a_long_name        –     0.5000   0.2500       –           0          2',
      ].join('\n'),
    )
  })

  test('says how to see dead letters when there are some', () => {
    const lines = renderIngestReport({ ...REPORT, deadLetters: 1234 }).split('\n')
    expect(lines[1]).toContain('1,234 dead letters')
    expect(lines[3]).toBe('`stan-lifecycle cat dead-letters` shows what was wrong with each')
  })

  test('of no users has no share that is not a number', () => {
    const usersByStage = { new: 0, wander: 0, stick: 0, loyal: 0 }
    expect(renderIngestReport({ ...REPORT, users: 0, usersByStage, transitions: {} })).not.toContain('NaN')
  })
})

test("a user's state tells stage, probabilities, flags, posteriors and source", () => {
  expect(renderState(SAMPLE_RECORDS.userState).split('\n')).toEqual([
    'user        712',
    'stage       wander since 2022-04-23T15:05:41.436Z (returned)',
    '            new 12.5 %  wander 50.0 %  stick 25.0 %  loyal 12.5 %',
    'last event  2022-04-24T15:05:41.436Z',
    '',
    'task     30 days     rate        5 % .. 95 %   evidence    gamma',
    'ctr    3.5 of 12   0.3036   0.1275 .. 0.5125       10.5   0.2875',
    'stay   3.5 of 12   0.3036   0.1275 .. 0.5125       10.5   0.2875',
    '',
    'embedding   4 numbers of bundle 4; rules paper-1',
    'source      interactions/2@8589934592',
  ])
})

test('a table has columns as wide as their content and nothing behind the last cell of a row', () => {
  expect(
    textTable([
      ['a', 'bb', ''],
      ['ccc', '1', 'd'],
    ]),
  ).toEqual(['a     bb', 'ccc    1   d'])
  expect(
    textTable(
      [
        ['a', 'b', 'c'],
        ['aa', 'bb', 'cc'],
      ],
      2,
    ),
  ).toEqual(['a    b     c', 'aa   bb   cc'])
})
