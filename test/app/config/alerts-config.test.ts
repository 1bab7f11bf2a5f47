import { describe, expect, test } from 'vitest'
import { alertSettingsOf } from '../../../src/app/config/alerts-config.ts'
import { environmentName, loadConfig } from '../../../src/app/config/load-config.ts'
import { defaultRuleSettings } from '../../../src/core/alerts/default-alert-settings.ts'
import { ALERT_DEFINITIONS } from '../../../src/core/alerts/alert-definitions.ts'
import { ALERT_KINDS } from '../../../src/core/contracts/lifecycle-alert.ts'

const load = (preset: Record<string, unknown>, environment: Record<string, string> = {}) =>
  loadConfig({ preset, environment, flags: [] })
const loadRules = (rules: Record<string, unknown>) => load({ alerts: { rules } })

describe('alerts in the configuration', () => {
  test('are the definitions when nothing is said', async () => {
    const settings = alertSettingsOf((await load({})).alerts.rules)
    for (const kind of ALERT_KINDS) expect(settings[kind]).toEqual(defaultRuleSettings(ALERT_DEFINITIONS[kind]))
  })

  test('take bounds, severity, cool-down and counts of a rule', async () => {
    const config = await loadRules({
      'late-share': { maxShare: 0.2, severity: 'critical', coolDownHours: 2, fireAfter: 5 },
    })
    expect(alertSettingsOf(config.alerts.rules)['late-share']).toMatchObject({
      severity: 'critical',
      coolDownMs: 7_200_000,
      fireAfter: 5,
      thresholds: { maxShare: 0.2, clearShare: 0.02 },
    })
  })

  test('have names in the environment', async () => {
    expect(environmentName('alerts.rules.late-share.maxShare')).toBe('STAN_ALERTS_RULES_LATE_SHARE_MAX_SHARE')
    const config = await load({}, { STAN_ALERTS_RULES_LATE_SHARE_MAX_SHARE: '0.5' })
    expect(config.alerts.rules['late-share'].maxShare).toBe(0.5)
  })

  test.each([
    [{ 'left-loyl': {} }, 'there is no setting alerts.rules.left-loyl; the nearest is alerts.rules.left-loyal'],
    [{ 'late-share': { maxShar: 1 } }, 'the nearest is alerts.rules.late-share.maxShare'],
    [{ 'late-share': { maxShare: 2 } }, 'alerts.rules.late-share.maxShare = 2 is not valid'],
    [{ 'late-share': { clearShare: 0.3 } }, 'alerts.rules.late-share.clearShare = 0.3 is more than maxShare, 0.05'],
    [{ 'lag-burn': { slowBurn: 20 } }, 'alerts.rules.lag-burn.slowBurn = 20 is more than fastBurn, 14.4'],
    // Rules about users keep no row of breaches.
    [{ 'left-loyal': { fireAfter: 2 } }, 'there is no setting alerts.rules.left-loyal.fireAfter'],
    [{ freshness: { severity: 'bad' } }, 'alerts.rules.freshness.severity = "bad" is not valid'],
  ])('refuse %j', async (rules, sentence) => {
    await expect(loadRules(rules)).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining(sentence),
    })
  })

  test.each([
    [
      { webhook: { url: 'http://127.0.0.1/a' } },
      'alerts.webhook.url = "http://127.0.0.1/a" is set without alerts.webhook.secretFile',
    ],
    [{ webhook: { secretFile: 'x' } }, 'alerts.webhook.secretFile = "x" is set without alerts.webhook.url'],
    [{ alertmanager: { url: 'localhost:9093' } }, 'it is no http or https address'],
    [{ alertmanager: { families: [] } }, 'alerts.alertmanager.families'],
  ])('refuse %j', async (alerts, sentence) => {
    await expect(load({ alerts })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining(sentence),
    })
  })
})
