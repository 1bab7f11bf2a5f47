import { expect, onTestFinished, test } from 'vitest'
import { growthObservations } from '../../../src/app/alerts/growth-observations.ts'
import type { ObservationOf } from '../../../src/core/alerts/observation.ts'
import { alertsOf, brief, onlyRules } from '../../support/monitor-bench.ts'
import { openApiFixture } from '../../support/api-fixture.ts'
import { smallConfig } from '../../support/small-config.ts'
import { DAY_MS, interaction } from '../../support/tracker-settings.ts'

/** A Monday. */
const MONDAY_MS = Date.UTC(2026, 0, 5)

/**
 * Every week 60 newcomers; of each cohort half come again in each of the two weeks after its first. The cohort of the
 * week `badWeek` does not come again, and from then on nobody new comes.
 */
function weeks(count: number, badWeek: number) {
  const events = []
  for (let week = 0; week < count; week++) {
    const at = MONDAY_MS + week * 7 * DAY_MS + DAY_MS
    const newcomers = week <= badWeek ? 60 : 0
    for (let user = 0; user < newcomers; user++) events.push(interaction('impression', `w${week}-${user}`, at))
    for (let age = 1; age <= 2; age++) {
      const cohort = week - age
      if (cohort < 0 || cohort >= badWeek) continue
      for (let user = 0; user < 30; user++) events.push(interaction('impression', `w${cohort}-${user}`, at + 1000))
    }
  }
  // The clock passes the end of the last week by the day that late events have.
  events.push(interaction('impression', 'last', MONDAY_MS + (count * 7 + 2) * DAY_MS))
  return events
}

test('weeks and cohorts of the published states reach the rules, once they are complete', async () => {
  const fixture = await openApiFixture(smallConfig())
  onTestFinished(() => fixture.close())
  await fixture.track(weeks(9, 6))
  const held = { table: fixture.view.table, counts: fixture.view.counts() }
  const observations = growthObservations(held)
  const growth = observations.filter((held): held is ObservationOf<'growth'> => held.kind === 'growth')
  // The first week is left out, the last one has not ended.
  expect(growth.map(({ startMs }) => (startMs - MONDAY_MS) / (7 * DAY_MS))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(growth[0].growth).toMatchObject({ new: 60, retained: 30, dormant: 30 })
  const cohort = observations.filter(
    (held): held is ObservationOf<'cohort'> => held.kind === 'cohort' && held.age === 1,
  )
  expect(cohort.at(-1)).toMatchObject({ users: 60, active: 0 })
  expect(cohort.at(-1)!.earlier).toEqual(Array.from({ length: 5 }, () => ({ users: 60, active: 30 })))

  const rules = onlyRules({ 'quick-ratio-below-one': {}, 'cohort-below-forecast': {} })
  expect(brief(alertsOf(rules, observations)).sort()).toEqual(['population firing', 'week 1 firing', 'week 2 firing'])
  // What a restart hands to the rules again changes nothing.
  expect(alertsOf(rules, [...observations, ...observations])).toEqual(alertsOf(rules, observations))
})
