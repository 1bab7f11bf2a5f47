/**
 * A preload for the program: writes a line to file descriptor 3 whenever the process enters a phase of its work, so that
 * a test can kill it there. KILL_AT="phase 2" makes the process kill itself as it enters the phase for the second time:
 * between two calls that follow each other at once, no other process would be in time. It changes nothing else.
 *
 *     node --import tsx --import ./test/support/announce-phases.ts src/main.ts ingest …
 */
import fs, { writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { basename, dirname } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { EventIdIndex } from '../../src/app/ingest/event-id-index.ts'
import { PartitionTracker } from '../../src/app/tracker/partition-tracker.ts'
import { Ranker } from '../../src/core/ranker/ranker.ts'
import { PendingErasures } from '../../src/app/erasure/pending-erasures.ts'
import { KeptViews } from '../../src/app/serving/view/kept-views.ts'
import { EmbeddedUpkeep } from '../../src/io/log/embedded-upkeep.ts'
import type { ErasurePhase, Phase } from './kill-phases.ts'

const [fatalPhase, occurrence] = (process.env.KILL_AT ?? '').split(' ')
let left = Number(occurrence)

/** What the next write of the log belongs to; null before the first. */
let logWrite: Phase | null = null

function announce(phase: Phase | ErasurePhase): void {
  writeSync(3, `${phase}\n`)
  if (phase === fatalPhase && --left === 0) process.kill(process.pid, 'SIGKILL')
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

ahead(PendingErasures.prototype, 'begin', () => announce('begin'))
ahead(PartitionTracker.prototype, 'forget', () => announce('forget'))
ahead(KeptViews.prototype, 'purge', () => announce('views'))
ahead(EmbeddedUpkeep.prototype, 'remove', () => announce('remove'))
ahead(EmbeddedUpkeep.prototype, 'expire', () => announce('expire'))
ahead(EmbeddedUpkeep.prototype, 'purge', () => announce('purge'))
ahead(PendingErasures.prototype, 'finish', () => announce('finish'))
ahead(fs.promises, 'rename', () => announce('rename'))
syncBuiltinESMExports()

type BatchOpener = (this: { readonly location: string }, ...args: unknown[]) => object
const levels = ClassicLevel.prototype as unknown as Record<'batch', BatchOpener>
const openBatch = levels.batch
levels.batch = function (...args) {
  const batch = openBatch.apply(this, args)
  const phase = phaseOfWrite(this.location)
  if (args.length === 0 && phase !== null) ahead(batch, 'write', () => announce(phase))
  return batch
}

/** Folders of a data folder: log, store/<partition>, ingested; views and the list of erasures have no phase. */
function phaseOfWrite(location: string): Phase | null {
  if (basename(dirname(location)) === 'store') return 'store'
  if (basename(location) === 'ingested') return 'index'
  return basename(location) === 'log' ? logWrite : null
}
