import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/app/config/load-config.ts'
import { ABLATIONS } from '../../../src/app/evaluate/ablations.ts'
import { settingsOfVariant } from '../../../src/app/evaluate/variant.ts'

describe('ablation rows', () => {
  test.each(ABLATIONS.map((row) => [row.name, row] as const))(
    '%s is a configuration that says what it is',
    async (_name, row) => {
      const flags = settingsOfVariant(row).map((pair): [string, string] => {
        const at = pair.indexOf('=')
        return [pair.slice(0, at), pair.slice(at + 1)]
      })
      const { ranker } = await loadConfig({ environment: {}, flags })
      expect(ranker.mode).toBe(row.mode)
      // None depends on the defaults of the two ingredients.
      for (const key of ['taskWeights', 'servingDecay']) expect(row.overrides.map(([name]) => name)).toContain(key)
    },
  )

  test('differ from each other in their settings', () => {
    const settings = ABLATIONS.map((row) => settingsOfVariant(row).sort().join())
    expect(new Set(settings).size).toBe(ABLATIONS.length)
  })
})
