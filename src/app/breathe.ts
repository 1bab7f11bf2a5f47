import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers'

/** What a loop may take before others get their turn. */
const TURN_MS = 1

/** Loops that wait for their turn, in the order in which they came. */
const waiting: (() => void)[] = []
let turnBeganMs = -Infinity

/**
 * In a loop over records, before each: once a millisecond has gone by, lets what waits in the same process go first.
 * Loops have their turns one by one, and what has come for the process in between is seen to between any two: several
 * that have records at the same time hold a request up no longer than one does.
 */
export async function breathe(): Promise<void> {
  if (performance.now() - turnBeganMs < TURN_MS) return
  await new Promise<void>((resolve) => {
    waiting.push(resolve)
    if (waiting.length === 1) setImmediate(giveTurn)
  })
}

function giveTurn(): void {
  turnBeganMs = performance.now()
  waiting.shift()!()
  if (waiting.length > 0) setImmediate(giveTurn)
}
