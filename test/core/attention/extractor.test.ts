import * as fc from '../../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import { type AttentionCache, Extractor } from '../../../src/core/attention/extractor.ts'
import { extractInFull } from '../../../src/core/attention/full-extractor.ts'
import {
  moveAttention,
  readEmbedding,
  readPredictions,
  startAttention,
} from '../../../src/core/attention/user-attention.ts'
import { randomExtractorWeights } from '../../support/extractor-weights.ts'

const TOKENS_PER_FIELD = [10, 10, 10, 8, 9, 9, 9, 16, 8, 5]

const tokensArbitrary = fc.tuple(...TOKENS_PER_FIELD.map((tokens) => fc.nat(tokens - 1)))

/** One thing that can happen to a user's cache. */
const stepArbitrary = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('event' as const), field: fc.nat(9), token: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('jump' as const), tokens: tokensArbitrary }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('swap' as const), version: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('eviction' as const) }) },
)

const versions = [1, 2, 3].map((seed) => randomExtractorWeights({ seed, tokensPerField: TOKENS_PER_FIELD }))

describe('incremental extractor', () => {
  test('equals the full computation after any sequence of events, model swaps and evictions', () => {
    const extractors = versions.map((weights) => new Extractor(weights))
    for (const extractor of extractors) expect(extractor.tables).not.toBeNull()
    fc.assert(
      fc.property(tokensArbitrary, fc.array(stepArbitrary, { maxLength: 60 }), (first, steps) => {
        const cache: AttentionCache = { current: null }
        let extractor = extractors[0]
        let tokens = Int32Array.from(first)
        for (const step of steps) {
          if (step.kind === 'event') tokens[step.field] = step.token % TOKENS_PER_FIELD[step.field]
          else if (step.kind === 'jump') tokens = Int32Array.from(step.tokens)
          else if (step.kind === 'swap') extractor = extractors[step.version]
          else cache.current = null
          const full = extractInFull(extractor.weights, tokens)
          extractor.embed(cache, tokens).forEach((s, i) => expect(Math.abs(s - full.embedding[i])).toBeLessThan(1e-5))
          extractor
            .predict(cache, tokens)
            .forEach((p, k) => expect(Math.abs(p - full.predictions[k])).toBeLessThan(1e-5))
        }
      }),
      { numRuns: 200 },
    )
  })

  test('gives the same bytes with a kept cache and with one built anew, so that a restart publishes the same', () => {
    const { tables } = new Extractor(versions[0])
    fc.assert(
      fc.property(fc.array(tokensArbitrary, { minLength: 2, maxLength: 50 }), (walk) => {
        const kept = startAttention(tables!, Int32Array.from(walk[0]))
        // Now and then a state is published on the way.
        for (const [i, tokens] of walk.entries()) {
          moveAttention(kept, Int32Array.from(tokens))
          if (i % 3 === 0) readEmbedding(kept)
        }
        const fresh = startAttention(tables!, Int32Array.from(walk[walk.length - 1]))
        expect(readEmbedding(kept)).toEqual(readEmbedding(fresh))
        expect(readPredictions(kept)).toEqual(readPredictions(fresh))
        expect(kept.scores.sums).toEqual(fresh.scores.sums)
        expect(kept.values!.sums).toEqual(fresh.values!.sums)
      }),
    )
  })

  test('touches only the fields whose token changed', () => {
    const { tables } = new Extractor(versions[0])
    const tokens = new Int32Array(TOKENS_PER_FIELD.length)
    const attention = startAttention(tables!, tokens)
    expect(moveAttention(attention, tokens)).toBe(0)
    tokens[3] = 2
    tokens[7] = 5
    expect(moveAttention(attention, tokens)).toBe(2)
  })

  test('refuses a token outside its field', () => {
    const extractor = new Extractor(versions[0])
    const tokens = new Int32Array(TOKENS_PER_FIELD.length)
    tokens[0] = 10
    expect(() => extractor.predict({ current: null }, tokens)).toThrow('Cannot look up token 10 of field 0')
    expect(() => extractInFull(versions[0], tokens)).toThrow(RangeError)
  })

  test('runs the left form, and scores too far apart for the grid, in full', () => {
    const left = new Extractor(randomExtractorWeights({ seed: 4, tokensPerField: TOKENS_PER_FIELD, form: 'left' }))
    const wide = new Extractor(randomExtractorWeights({ seed: 5, tokensPerField: TOKENS_PER_FIELD, scale: 6 }))
    const tokens = new Int32Array(TOKENS_PER_FIELD.length).fill(1)
    for (const extractor of [left, wide]) {
      expect(extractor.tables).toBeNull()
      const full = extractInFull(extractor.weights, tokens)
      expect(extractor.embed({ current: null }, tokens)).toEqual(full.embedding)
      expect(extractor.predict({ current: null }, tokens)).toEqual(full.predictions)
    }
  })
})
