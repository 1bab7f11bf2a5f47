/**
 * A preload for the program: writes a line to file descriptor 3 whenever the process is about to enter a step of its work
 * on Kafka, so that a test can kill or stop it there. It changes nothing else.
 *
 *     node --import tsx --import ./test/support/kafka/announce-kafka-steps.ts src/main.ts run --role tracker …
 */
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { PartitionRun } from '../../../src/app/tracker/partition-run.ts'
import { PartitionTracker } from '../../../src/app/tracker/partition-tracker.ts'
import type { CrashStep } from './crash-steps.ts'

/** Kafka's numbers of the requests that are steps (https://kafka.apache.org/protocol#protocol_api_keys). */
const STEP_OF_API_KEY: ReadonlyMap<number, CrashStep> = new Map([
  [0, 'produce'],
  [14, 'assign'],
  [26, 'commit'],
  [28, 'offsets'],
])

type Methods = Record<string, (...args: unknown[]) => unknown>
interface Sent {
  readonly request: { readonly apiKey: number }
}

function announce(step: CrashStep): void {
  writeSync(3, `${step}\n`)
}

/** Runs `before` ahead of every call of a method. */
function ahead(prototype: object, method: string, before: (...args: unknown[]) => void): void {
  const methods = prototype as Methods
  const original = methods[method]
  if (typeof original !== 'function') throw new Error(`Cannot announce ${method}: there is no such method`)
  methods[method] = function (this: unknown, ...args) {
    before(...args)
    return original.apply(this, args)
  }
}

const load = createRequire(import.meta.url)
const Connection = load('kafkajs/src/network/connection.js') as { readonly prototype: object }
ahead(Connection.prototype, 'send', (sent) => {
  const step = STEP_OF_API_KEY.get((sent as Sent).request.apiKey)
  if (step !== undefined) announce(step)
})

ahead(PartitionTracker.prototype, 'restore', () => announce('restore'))
ahead(PartitionTracker.prototype, 'process', () => announce('fold'))
ahead(PartitionRun.prototype, 'stop', () => announce('revoke'))

type BatchOpener = (this: { readonly location: string }, ...args: unknown[]) => object
const levels = ClassicLevel.prototype as unknown as Record<'batch', BatchOpener>
const openBatch = levels.batch
levels.batch = function (...args) {
  const batch = openBatch.apply(this, args)
  const isStore = basename(dirname(this.location)) === 'store'
  if (args.length === 0 && isStore) ahead(batch, 'write', () => announce('store'))
  return batch
}
