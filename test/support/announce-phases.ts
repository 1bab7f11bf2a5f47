/**
 * A preload for the program: writes a line to file descriptor 3 whenever the process enters a phase of its work, so that
 * a test can kill it there. It changes nothing else.
 *
 *     node --import tsx --import ./test/support/announce-phases.ts src/main.ts ingest …
 */
import { writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { EventIdIndex } from '../../src/app/ingest/event-id-index.ts'
import { PartitionTracker } from '../../src/app/tracker/partition-tracker.ts'
import { Ranker } from '../../src/core/ranker/ranker.ts'
import type { Phase } from './kill-phases.ts'

/** What the next write of the log belongs to; null before the first. */
let logWrite: Phase | null = null

function announce(phase: Phase): void {
  writeSync(3, `${phase}\n`)
}

/** Runs `before` ahead of every call of a method. */
function ahead(prototype: object, method: string, before: () => void): void {
  const methods = prototype as Record<string, (...args: unknown[]) => unknown>
  const original = methods[method]
  methods[method] = function (this: unknown, ...args: unknown[]) {
    before()
    return original.apply(this, args)
  }
}

ahead(EventIdIndex.prototype, 'appendNew', () => (logWrite = 'append'))
ahead(PartitionTracker.prototype, 'process', () => {
  logWrite = 'commit'
  announce('fold')
})
ahead(Ranker.prototype, 'testThenTrain', () => announce('train'))
ahead(Ranker.prototype, 'snapshot', () => (logWrite = 'checkpoint'))

type BatchOpener = (this: { readonly location: string }, ...args: unknown[]) => object
const levels = ClassicLevel.prototype as unknown as Record<'batch', BatchOpener>
const openBatch = levels.batch
levels.batch = function (...args) {
  const batch = openBatch.apply(this, args)
  const phase = phaseOfWrite(this.location)
  if (args.length === 0 && phase !== null) ahead(batch, 'write', () => announce(phase))
  return batch
}

/** Folders of a data folder: log, store/<partition>, ingested. */
function phaseOfWrite(location: string): Phase | null {
  if (basename(dirname(location)) === 'store') return 'store'
  return basename(location) === 'ingested' ? 'index' : logWrite
}
