import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import {
  copyOf,
  dumpOfOthers,
  ERASURE_WAYS,
  finishErasure,
  leftOf,
  runErasure,
  writeErasureSetup,
} from '../../support/erasure-kills.ts'
import { firstDifference } from '../../support/first-difference.ts'
import type { ErasurePhase } from '../../support/kill-phases.ts'
import type { Aim } from '../../support/kill-runs.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'

/**
 * Between the two renames of a store's folder, of which the tracker's comes first and those of two views follow; then
 * before one of the topics is rewritten, and before the end is noted. bench/erasure-kill-sweep.ts takes all moments.
 */
const AIMS: readonly Aim<ErasurePhase>[] = [
  { phase: 'rename', occurrence: 2, delayMs: null },
  { phase: 'rename', occurrence: 6, delayMs: null },
  { phase: 'remove', occurrence: 1 + createSeededRandom(5).nextInt(5), delayMs: null },
  { phase: 'finish', occurrence: 1, delayMs: null },
]
const TIME_OUT_MS = 300_000

beforeAll(async () => {
  await chooseBackend('wasm')
})

describe('erasure in processes that are killed with SIGKILL', () => {
  test.each(ERASURE_WAYS)(
    'by `%s` leaves nothing of the user, and of all others what a run without a kill leaves',
    async (way) => {
      const folder = await temporaryFolder()
      const setup = await writeErasureSetup(folder, way, 1000)
      const whole = await copyOf(setup, join(folder, 'whole'))
      expect(await leftOf(whole)).not.toEqual([])
      await runErasure(setup, whole, null)
      await finishErasure(whole)
      expect(await leftOf(whole)).toEqual([])

      const killed = await copyOf(setup, join(folder, 'killed'))
      for (const aim of AIMS) {
        expect({ aim, killed: (await runErasure(setup, killed, aim)).killed }).toEqual({ aim, killed: true })
      }
      await runErasure(setup, killed, null)
      await finishErasure(killed)
      expect(await leftOf(killed)).toEqual([])
      expect(firstDifference(await dumpOfOthers(killed), await dumpOfOthers(whole))).toBeNull()
    },
    TIME_OUT_MS,
  )
})
