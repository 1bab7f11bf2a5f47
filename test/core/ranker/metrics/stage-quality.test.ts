import { expect, test } from 'vitest'
import { stageQuality, type StageRow } from '../../../../src/core/ranker/metrics/stage-quality.ts'

const row = (userId: string, day: number, stage: number, trials: number, click = 0): StageRow => {
  return { userId, day, stage, trials, labels: [click, click, Number.NaN] }
}

test('stages are judged by the two days after, and moves by the last stage of a day', () => {
  const quality = stageQuality(
    [
      row('ann', 1, 0, 0),
      row('ann', 1, 3, 6), // the last one of the day counts
      row('bob', 1, 0, 0),
      row('ann', 2, 3, 7, 1),
      row('bob', 2, 2, 1, 0),
      row('ann', 3, 1, 8, 1),
      row('cat', 3, 0, 0, 1),
    ],
    5,
  )
  // Day 1 alone has two days after it: ann is loyal, bob new.
  expect(quality.share).toEqual([0.5, 0, 0, 0.5])
  expect(quality.shareWithEvidence).toEqual([0, 0, 0, 1])
  expect(quality.withoutEvidence[0]).toBe(1)
  expect(quality.withoutEvidence[1]).toBeNaN()
  expect(quality.nextDays[3]).toEqual({ users: 1, rows: 2, click: 1, stay: 1, conversion: NaN, returned: 1 })
  expect(quality.nextDays[0]).toMatchObject({ users: 1, rows: 1, click: 0 })
  expect(quality.nextDaysWithEvidence[0]).toMatchObject({ users: 0, click: NaN, returned: NaN })
  // ann: loyal, loyal, wander; bob: new, stick, and stick on day 3, where he does not come.
  expect(quality.transitions).toEqual([
    [0, 0, 1, 0],
    [NaN, NaN, NaN, NaN],
    [0, 0, 1, 0],
    [0, 0.5, 0, 0.5],
  ])
})
