import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TOPICS } from '../../src/app/topics.ts'
import { firstDifference } from '../support/first-difference.ts'
import { type Phase, PHASES } from '../support/kill-phases.ts'
import { dumpFolder, runIngest, seededAims, writeKillSetup } from '../support/kill-runs.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const KILLS = 14
const TIME_OUT_MS = 300_000

describe('ingest that is killed with SIGKILL again and again', () => {
  test(
    'ends with the same records, states and weights as one that is not',
    async () => {
      const folder = await temporaryFolder()
      const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')]
      const setup = await writeKillSetup(folder)

      const reports = [join(folder, 'whole.json'), join(folder, 'killed.json')]
      const reference = runIngest(setup, whole, null, reports[0])
      const died: (Phase | null)[] = []
      for (const aim of seededAims(7)) {
        if (died.length === KILLS) break
        const run = await runIngest(setup, killed, aim)
        // Ended before its aim: nothing is left to be interrupted.
        if (!run.killed) break
        died.push(run.lastPhase)
      }
      await runIngest(setup, killed, null, reports[1])
      await reference
      expect(died.length).toBeGreaterThanOrEqual(12)
      expect(died).not.toContain(null)
      expect(new Set(died).size).toBeGreaterThanOrEqual(PHASES.length - 2)

      const [expected, actual] = [await dumpFolder(setup, whole), await dumpFolder(setup, killed)]
      expect(firstDifference(actual, expected)).toBeNull()
      expect(expected.stores[0].lostTimers).toEqual([])
      // Ingest runs no monitor of alerts.
      for (const topic of Object.values(TOPICS).filter((name) => name !== TOPICS.alertMonitor)) {
        expect([topic, expected.topics[topic].some((line) => line.includes('@'))]).toEqual([topic, true])
      }

      const [wholeReport, killedReport] = await Promise.all(
        reports.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>),
      )
      for (const key of ['events', 'deadLetters', 'examples', 'users', 'usersByStage', 'transitions', 'tasks']) {
        expect([key, killedReport[key]]).toEqual([key, wholeReport[key]])
      }
      expect(wholeReport.events).toBe(setup.rows)
    },
    TIME_OUT_MS,
  )
})
