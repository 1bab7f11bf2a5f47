import type { OperationsAnswer } from '../../api/answers.ts'

/** About ten minutes at one reading every two seconds. */
export const MAX_READINGS = 300

export interface Reading {
  readonly atMs: number
  readonly rssBytes: number
  readonly heapUsedBytes: number
  readonly arrayBuffersBytes: number
  readonly lagRecords: number
}

/** The readings with one more; the oldest go. */
export function withReading(readings: readonly Reading[], answer: OperationsAnswer, atMs: number): readonly Reading[] {
  const { memory, view } = answer
  const { rssBytes, heapUsedBytes, arrayBuffersBytes } = memory
  const reading = { atMs, rssBytes, heapUsedBytes, arrayBuffersBytes, lagRecords: view.lagRecords }
  return [...readings, reading].slice(-MAX_READINGS)
}
