import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/app/config/load-config.ts'
import { KUAIRAND_PRESET } from '../../../src/app/config/kuairand-preset.ts'
import { ABLATIONS } from '../../../src/app/evaluate/ablations.ts'
import { settingsOfVariant, type Variant } from '../../../src/app/evaluate/variant.ts'

const configOf = (row: Variant) => {
  const flags = settingsOfVariant(row).map((pair): [string, string] => {
    const at = pair.indexOf('=')
    return [pair.slice(0, at), pair.slice(at + 1)]
  })
  return loadConfig({ environment: {}, flags, preset: KUAIRAND_PRESET })
}

describe('ablation rows', () => {
  test.each(ABLATIONS.map((row) => [row.name, row] as const))(
    '%s is a configuration that says what it is',
    async (_name, row) => {
      const { ranker } = await configOf(row)
      expect(ranker.mode).toBe(row.mode)
      // None depends on the defaults of the two ingredients.
      for (const key of ['taskWeights', 'servingDecay']) expect(row.overrides.map(([name]) => name)).toContain(key)
    },
  )

  test('differ from each other in their settings', async () => {
    const settings = await Promise.all(ABLATIONS.map(async (row) => JSON.stringify((await configOf(row)).ranker)))
    const twice = ABLATIONS.filter((_, i) => settings.indexOf(settings[i]) < i)
    expect(twice.map(({ name }) => name)).toEqual([])
  })
})
