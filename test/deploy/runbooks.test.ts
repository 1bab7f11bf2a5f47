import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ALERT_DEFINITIONS } from '../../src/core/alerts/alert-definitions.ts'
import { runbookOf } from '../../src/core/alerts/rule-definition.ts'
import { ALERT_KINDS } from '../../src/core/contracts/lifecycle-alert.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

describe('runbooks', () => {
  test('there is one for every rule, and none for others', () => {
    const files = readdirSync(path.join(ROOT, 'deploy/runbooks')).sort()
    expect(files).toEqual(ALERT_KINDS.map((kind) => `${kind}.md`).sort())
  })

  test.each(ALERT_KINDS)('%s has a definition and a runbook that names its own settings only', (kind) => {
    const definition = ALERT_DEFINITIONS[kind]
    expect(definition.kind).toBe(kind)
    const file = path.join(ROOT, runbookOf(kind))
    expect(existsSync(file)).toBe(true)
    const text = readFileSync(file, 'utf8')
    for (const heading of [`# ${kind}`, '## Meaning', '## Check', '## Act', '## Silence']) {
      expect(text.split('\n')).toContain(heading)
    }
    for (const lower of definition.ordered?.flat() ?? []) expect(definition.thresholds).toHaveProperty(lower)
  })

  test('the README names every rule with its runbook', () => {
    const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
    expect(ALERT_KINDS.filter((kind) => !readme.includes(`(${runbookOf(kind)})`))).toEqual([])
  })
})
