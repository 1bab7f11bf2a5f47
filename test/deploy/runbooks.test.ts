import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { ALERT_DEFINITIONS } from '../../src/core/alerts/alert-definitions.ts'
import { runbookOf } from '../../src/core/alerts/rule-definition.ts'
import { ALERT_KINDS } from '../../src/core/contracts/lifecycle-alert.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

const HEADINGS = ['## Meaning', '## Check', '## Act', '## Silence']

interface PrometheusRules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert?: string; readonly annotations?: { readonly runbook?: string } }[]
  }[]
}

const { groups } = parse(readFileSync(path.join(ROOT, 'deploy/prometheus/rules.yaml'), 'utf8')) as PrometheusRules
const prometheusAlerts = groups.flatMap(({ rules }) => rules.filter(({ alert }) => alert !== undefined))

describe('runbooks', () => {
  test('there is one for every rule and every alert of Prometheus, and none for others', () => {
    const files = readdirSync(path.join(ROOT, 'deploy/runbooks')).sort()
    const named = [...ALERT_KINDS.map(runbookOf), ...prometheusAlerts.map(({ annotations }) => annotations!.runbook!)]
    expect(files).toEqual([...new Set(named)].map((file) => path.basename(file)).sort())
  })

  test.each(prometheusAlerts.map(({ alert, annotations }) => [alert!, annotations!.runbook!]))(
    '%s has one with its four parts',
    (_alert, file) => {
      const lines = readFileSync(path.join(ROOT, file), 'utf8').split('\n')
      for (const heading of [`# ${path.basename(file, '.md')}`, ...HEADINGS]) expect(lines).toContain(heading)
    },
  )

  test.each(ALERT_KINDS)('%s has a definition and a runbook that names its own settings only', (kind) => {
    const definition = ALERT_DEFINITIONS[kind]
    expect(definition.kind).toBe(kind)
    const file = path.join(ROOT, runbookOf(kind))
    expect(existsSync(file)).toBe(true)
    const text = readFileSync(file, 'utf8')
    for (const heading of [`# ${kind}`, ...HEADINGS]) {
      expect(text.split('\n')).toContain(heading)
    }
    for (const lower of definition.ordered?.flat() ?? []) expect(definition.thresholds).toHaveProperty(lower)
  })

  test('the README names every rule with its runbook', () => {
    const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
    expect(ALERT_KINDS.filter((kind) => !readme.includes(`(${runbookOf(kind)})`))).toEqual([])
  })
})
