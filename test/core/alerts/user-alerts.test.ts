import { describe, expect, test } from 'vitest'
import type { LifecycleAlert, UserAlertKind } from '../../../src/core/contracts/lifecycle-alert.ts'
import { DEFAULT_USER_ALERTS } from '../../../src/core/alerts/default-alert-settings.ts'
import type { AlertRuleSettings } from '../../../src/core/contracts/alert-settings.ts'
import type { Interaction } from '../../../src/core/contracts/interaction.ts'
import type { TrackerSettings } from '../../../src/core/contracts/tracker-settings.ts'
import { decodeUserState, encodeUserState } from '../../../src/core/user-state/user-state-codec.ts'
import { TrackDriver } from '../../support/track-driver.ts'
import {
  DAY_MS,
  HOUR_MS,
  interaction,
  MINUTE_MS,
  START_MS,
  TEST_SETTINGS,
  testBundle,
} from '../../support/tracker-settings.ts'

const GOOD = { click: 1, stay: 100_000, order: 1 }

function withRule(kind: UserAlertKind, changes: Partial<AlertRuleSettings>): TrackerSettings {
  const rule = { ...DEFAULT_USER_ALERTS[kind], ...changes }
  return { ...TEST_SETTINGS, alerts: { ...TEST_SETTINGS.alerts, [kind]: rule } }
}

/** Impressions every ten minutes, each with the outcomes. */
function browse(driver: TrackDriver, fromMs: number, count: number, outcomes: Interaction['outcomes']): number {
  let at = fromMs
  for (let i = 0; i < count; i++, at += 10 * MINUTE_MS) driver.send(interaction('impression', 'ann', at, { outcomes }))
  return at
}

/** The driver's user goes through the stored bytes, as at a restart. */
function restart(driver: TrackDriver): void {
  driver.user = { ...driver.user!, state: decodeUserState(encodeUserState(driver.user!.state)) }
}

function alertsOf(driver: TrackDriver, kind?: UserAlertKind): LifecycleAlert[] {
  const alerts = driver.outputs.flatMap((output) => (output.kind === 'alert' ? [output.alert] : []))
  return kind === undefined ? alerts : alerts.filter((alert) => alert.kind === kind)
}

const statuses = (alerts: readonly LifecycleAlert[]): string[] => alerts.map(({ status }) => status)

/** Becomes loyal, stops to answer, and answers again. */
function leaveAndComeBack(settings: TrackerSettings, { restarts = false } = {}): TrackDriver {
  const driver = new TrackDriver(settings, testBundle(1))
  let at = START_MS
  for (const [count, outcomes] of [
    [20, GOOD],
    [80, {}],
    [200, GOOD],
    [400, {}],
  ] as const) {
    at = browse(driver, at, count, outcomes)
    if (restarts) restart(driver)
  }
  return driver
}

describe('left-loyal', () => {
  test('fires when evidence moves a loyal user, and is resolved when they are loyal again', () => {
    const driver = leaveAndComeBack(withRule('left-loyal', { coolDownMs: 0 }))
    const alerts = alertsOf(driver, 'left-loyal')
    expect(statuses(alerts)).toEqual(['firing', 'resolved', 'firing'])
    const [firing, resolved] = alerts
    expect(firing).toMatchObject({ subject: 'ann', family: 'user', severity: 'warning', endsAt: null })
    expect(firing.evidence).toMatchObject({ from: 'loyal', ctr: expect.stringMatching(/^\d+\/\d+, 0\.\d+ \(/) })
    expect(resolved).toMatchObject({ deduplicationKey: firing.deduplicationKey, endsAt: resolved.eventTime })
    const moves = driver
      .transitions()
      .filter(({ reason, from, to }) => reason === 'evidence' && [from, to].includes('loyal'))
    expect(alerts.map(({ eventTime }) => eventTime)).toEqual(moves.slice(1).map(({ eventTime }) => eventTime))
  })

  test('does not fire again within the cool-down', () => {
    const driver = leaveAndComeBack(withRule('left-loyal', { coolDownMs: 30 * DAY_MS }))
    expect(statuses(alertsOf(driver, 'left-loyal'))).toEqual(['firing', 'resolved'])
  })

  test('says the same when the state goes through its bytes on the way', () => {
    const settings = withRule('left-loyal', { coolDownMs: 0 })
    expect(alertsOf(leaveAndComeBack(settings, { restarts: true }))).toEqual(alertsOf(leaveAndComeBack(settings)))
  })

  test('is silent when it is switched off, and ends what it had fired', () => {
    expect(alertsOf(leaveAndComeBack(withRule('left-loyal', { enabled: false })), 'left-loyal')).toEqual([])
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    const at = browse(driver, browse(driver, START_MS, 20, GOOD), 80, {})
    expect(statuses(alertsOf(driver, 'left-loyal'))).toEqual(['firing'])
    driver.model = new TrackDriver(withRule('left-loyal', { enabled: false }), testBundle(1)).model
    browse(driver, at, 1, {})
    expect(statuses(alertsOf(driver, 'left-loyal'))).toEqual(['firing', 'resolved'])
  })
})

describe('went-dormant and returned', () => {
  test('fire on silence and on the return, and are resolved by the return and by the end of the flag', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    const last = browse(driver, START_MS, 20, GOOD) - 10 * MINUTE_MS
    driver.advance(last + 10 * DAY_MS)
    restart(driver)
    expect(statuses(alertsOf(driver, 'went-dormant'))).toEqual(['firing'])
    driver.send(interaction('impression', 'ann', last + 11 * DAY_MS, { outcomes: GOOD }))
    restart(driver)
    expect(statuses(alertsOf(driver, 'went-dormant'))).toEqual(['firing', 'resolved'])
    expect(statuses(alertsOf(driver, 'returned'))).toEqual(['firing'])
    driver.advance(last + 11 * DAY_MS + TEST_SETTINGS.activity.returnedForMs)
    const returned = alertsOf(driver, 'returned')
    expect(statuses(returned)).toEqual(['firing', 'resolved'])
    expect(returned[1].endsAt).toBe(last + 14 * DAY_MS)
  })

  test('a user nobody misses goes dormant without an alert', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    driver.send(interaction('impression', 'ann', START_MS))
    driver.advance(START_MS + 6 * DAY_MS + 23 * HOUR_MS)
    driver.advance(START_MS + 30 * DAY_MS)
    expect(driver.user!.state.dormant).toBe(true)
    expect(alertsOf(driver, 'went-dormant')).toEqual([])
  })
})

describe('onboarding-stalled', () => {
  test('fires after so many days without another stage, and is resolved by one', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    driver.send(interaction('impression', 'ann', START_MS, { outcomes: {} }))
    driver.advance(START_MS + 7 * DAY_MS - 1)
    expect(alertsOf(driver, 'onboarding-stalled')).toEqual([])
    driver.advance(START_MS + 7 * DAY_MS)
    expect(statuses(alertsOf(driver, 'onboarding-stalled'))).toEqual(['firing'])
    restart(driver)
    browse(driver, START_MS + 8 * DAY_MS, 30, GOOD)
    const alerts = alertsOf(driver, 'onboarding-stalled')
    expect(statuses(alerts)).toEqual(['firing', 'resolved'])
    expect(alerts[0].startsAt).toBe(START_MS + 7 * DAY_MS)
    driver.advance(START_MS + 60 * DAY_MS)
    expect(statuses(alertsOf(driver, 'onboarding-stalled'))).toEqual(['firing', 'resolved'])
  })

  test('leaves users alone who have reached another stage', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    browse(driver, START_MS, 30, GOOD)
    driver.advance(START_MS + 60 * DAY_MS)
    expect(alertsOf(driver, 'onboarding-stalled')).toEqual([])
  })
})

describe('stored state', () => {
  test('keeps when alerts fired, and is read without them from version 1', () => {
    const { state } = leaveAndComeBack(TEST_SETTINGS).user!
    expect(state.alertSlots.size).toBeGreaterThan(0)
    const bytes = encodeUserState(state)
    expect(decodeUserState(bytes).alertSlots).toEqual(state.alertSlots)
    const fresh = { ...state, alertSlots: new Map() }
    const old = Uint8Array.from(encodeUserState(fresh)).slice(0, -1)
    old[0] = 1
    expect(decodeUserState(old)).toEqual(decodeUserState(encodeUserState(fresh)))
    old[0] = 3
    expect(() => decodeUserState(old)).toThrow('Cannot read a user state of version 3: this program reads 1 and 2')
  })
})
