import { z } from 'zod'
import { ALERT_DEFINITIONS, isUserRule } from '../../core/alerts/alert-definitions.ts'
import type { RuleDefinition, Threshold } from '../../core/alerts/rule-definition.ts'
import type { AlertRuleSettings, AlertSettings } from '../../core/contracts/alert-settings.ts'
import {
  ALERT_FAMILIES,
  ALERT_KINDS,
  ALERT_SEVERITIES,
  type AlertKind,
  type AlertSeverity,
} from '../../core/contracts/lifecycle-alert.ts'

const HOUR_MS = 3_600_000

/** A rule's settings, before the core's units. Rules about users fire at the first breach. */
type RuleConfig = {
  readonly enabled: boolean
  readonly severity: AlertSeverity
  readonly coolDownHours: number
  readonly fireAfter?: number
  readonly clearAfter?: number
} & Readonly<Record<string, unknown>>

export type AlertRulesConfig = Readonly<Record<AlertKind, RuleConfig>>

const count = z.number().int().min(1).max(1000)

function ruleConfig(definition: RuleDefinition) {
  const { kind, severity, coolDownHours, fireAfter, clearAfter, thresholds } = definition
  return z
    .strictObject({
      enabled: z.boolean().default(true).describe('Whether the rule is looked at'),
      severity: z.enum(ALERT_SEVERITIES).default(severity).describe('Severity of its alerts'),
      coolDownHours: z
        .number()
        .min(0)
        .max(87_600)
        .default(coolDownHours)
        .describe('Not again about the same subject for so long'),
      ...(!isUserRule(kind) && {
        fireAfter: count.default(fireAfter).describe('Breaches in a row before it fires'),
        clearAfter: count.default(clearAfter).describe('All-clears in a row before it is resolved'),
      }),
      ...Object.fromEntries(Object.entries(thresholds).map(([name, threshold]) => [name, numberOf(threshold)])),
    })
    .prefault({})
}

function numberOf({ default: value, min, max, describe }: Threshold) {
  return z.number().min(min).max(max).default(value).describe(describe)
}

/** The rules by name: also what a file of `alerts backtest --rules` holds. */
export const alertRulesConfig = z.strictObject(
  Object.fromEntries(ALERT_KINDS.map((kind) => [kind, ruleConfig(ALERT_DEFINITIONS[kind])])) as unknown as Readonly<
    Record<AlertKind, z.ZodType<RuleConfig, RuleConfig | undefined>>
  >,
)

const address = z.string().regex(/^(https?:\/\/\S+)?$/, 'it is no http or https address')
const families = z.array(z.enum(ALERT_FAMILIES)).min(1)
const minSeverity = z.enum(ALERT_SEVERITIES)
const seconds = z.number().positive().max(86_400)

export const alertsConfig = z.strictObject({
  runbookBase: z
    .string()
    .default('')
    .describe(
      'Address before the runbook’s file in what is sent, for example of the repository; empty: the file alone',
    ),
  log: z.boolean().default(true).describe('Whether alerts are log lines too'),
  logMinSeverity: minSeverity.default('warning').describe('Least severe alert that is a log line'),
  webhook: z
    .strictObject({
      url: address.default('').describe('Address that gets alerts by POST; empty: none'),
      secretFile: z.string().default('').describe('File with the secret that signs them (Standard Webhooks)'),
      families: families.default([...ALERT_FAMILIES]).describe('Families that are sent'),
      minSeverity: minSeverity.default('info').describe('Least severe alert that is sent'),
      timeoutSeconds: seconds.default(10).describe('Of one request'),
      maxInFlight: z
        .number()
        .int()
        .min(1)
        .max(1000)
        .default(8)
        .describe('Alerts on their way at the same time at most'),
    })
    .prefault({}),
  alertmanager: z
    .strictObject({
      url: address.default('').describe('Address of a Prometheus Alertmanager, without /api/v2; empty: none'),
      families: families
        .default(['population', 'data', 'model', 'operations'])
        .describe('Families that are sent; `user` may be as many as there are users'),
      minSeverity: minSeverity.default('info').describe('Least severe alert that is sent'),
      timeoutSeconds: seconds.default(10).describe('Of one request'),
      resendSeconds: seconds
        .default(60)
        .describe('Firing alerts are sent again so often; they end after four times that'),
      maxFiring: z
        .number()
        .int()
        .min(1)
        .max(1_000_000)
        .default(10_000)
        .describe('Firing alerts that are kept up at most'),
    })
    .prefault({}),
  rules: alertRulesConfig.prefault({} as never),
})

export type AlertsConfig = z.infer<typeof alertsConfig>

/** What no single setting of the section shows. */
export function* alertContradictionsOf(
  alerts: AlertsConfig,
): Iterable<{ path: string; input: unknown; message: string }> {
  const { webhook, rules } = alerts
  if (webhook.url !== '' && webhook.secretFile === '') {
    yield { path: 'alerts.webhook.url', input: webhook.url, message: 'is set without alerts.webhook.secretFile' }
  }
  if (webhook.url === '' && webhook.secretFile !== '') {
    yield { path: 'alerts.webhook.secretFile', input: webhook.secretFile, message: 'is set without alerts.webhook.url' }
  }
  yield* ruleContradictionsOf(rules, 'alerts.rules.')
}

/** Bounds of a rule that are the wrong way round. */
export function* ruleContradictionsOf(
  rules: AlertRulesConfig,
  prefix: string,
): Iterable<{ path: string; input: unknown; message: string }> {
  for (const kind of ALERT_KINDS) {
    for (const [lower, upper] of ALERT_DEFINITIONS[kind].ordered ?? []) {
      const [low, high] = [rules[kind][lower] as number, rules[kind][upper] as number]
      if (low <= high) continue
      yield { path: `${prefix}${kind}.${lower}`, input: low, message: `is more than ${upper}, ${high}` }
    }
  }
}

/** In the core's units. */
export function alertSettingsOf(rules: AlertRulesConfig): AlertSettings {
  return Object.fromEntries(ALERT_KINDS.map((kind) => [kind, ruleSettingsOf(kind, rules[kind])])) as AlertSettings
}

function ruleSettingsOf(kind: AlertKind, rule: RuleConfig): AlertRuleSettings {
  const { enabled, severity, coolDownHours, fireAfter = 1, clearAfter = 1 } = rule
  const names = Object.keys(ALERT_DEFINITIONS[kind].thresholds)
  const thresholds = Object.fromEntries(names.map((name) => [name, rule[name] as number]))
  return { enabled, severity, coolDownMs: coolDownHours * HOUR_MS, fireAfter, clearAfter, thresholds }
}
