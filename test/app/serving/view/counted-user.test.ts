import { describe, expect, test } from 'vitest'
import { STAGES } from '../../../../src/core/contracts/stage.ts'
import {
  countedUserOf,
  decodeCountedUser,
  encodeCountedUser,
  SPELL_UNIT_MS,
} from '../../../../src/app/serving/view/counted-user.ts'
import { SAMPLE_RECORDS } from '../../../support/sample-records.ts'

const DAY_MS = 86_400_000
const day = (number: number): number => number * DAY_MS

describe('counted user', () => {
  test.each(STAGES)('in stage %s comes back from its bytes as it was', (stage) => {
    for (const dormant of [true, false]) {
      const user = { stage, dormant, sinceUnit: 81_800, firstDay: 20_400, days: [20_400, 20_450, 65_535] }
      expect(decodeCountedUser(encodeCountedUser(user))).toEqual(user)
    }
  })

  test('has the days that were known and those of the state, each once', () => {
    const state = {
      ...SAMPLE_RECORDS.userState,
      eventTime: day(20_450) + 5,
      firstEventTime: day(20_400),
      activeDays: 0b1001,
      since: day(20_449),
    }
    expect(countedUserOf(state, [20_399, 20_447])).toEqual({
      stage: state.stage,
      dormant: state.dormant,
      sinceUnit: day(20_449) / SPELL_UNIT_MS,
      firstDay: 20_400,
      days: [20_399, 20_400, 20_447, 20_450],
    })
  })
})
