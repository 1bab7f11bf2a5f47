import { describe, expect, test } from 'vitest'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { decodeCheckpoint } from '../../../src/core/ranker/checkpoint-codec.ts'
import type { ModeName } from '../../../src/core/ranker/modes/mode-names.ts'
import { Ranker } from '../../../src/core/ranker/ranker.ts'
import { availableBackends } from '../../support/backends.ts'
import { batchesOf, plantedExamples, plantedSettings } from './planted-examples.ts'

const backends = await availableBackends()

async function weightsAfter100Steps(mode: ModeName, backend: 'native' | 'wasm'): Promise<Record<string, Float32Array>> {
  await chooseBackend(backend)
  const ranker = new Ranker(plantedSettings({ mode, learningRate: 2e-3 }))
  for (const batch of batchesOf(plantedExamples(6400), 64)) ranker.train(batch)
  const sections = decodeCheckpoint(ranker.snapshot())
  ranker.dispose()
  const names = ['weights/values', 'tokens/values', 'table/id:user/embeddings', 'table/item:author/embeddings']
  return Object.fromEntries(names.map((name) => [name, sections[name] as Float32Array]))
}

describe.skipIf(!backends.includes('native'))('native and WebAssembly weights agree to 1e-4 after 100 steps', () => {
  test.each(['stan', 'aitm', 'stan-gated'] as const)('of %s', async (mode) => {
    const native = await weightsAfter100Steps(mode, 'native')
    const wasm = await weightsAfter100Steps(mode, 'wasm')
    for (const [name, values] of Object.entries(native)) {
      const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - wasm[name][i])), 0)
      expect(worst).toBeLessThan(1e-4)
    }
  })
})
