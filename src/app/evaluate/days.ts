import type { TrainingExample } from '../../core/contracts/training-example.ts'
import type { SplitBounds } from './run-protocol.ts'

const DAY_MS = 86_400_000

/** Last day of training and of validation, yyyy-mm-dd; what is left open is chosen by the data. */
export interface SplitDays {
  readonly trainTo?: string
  readonly validTo?: string
}

/** Days of the split. Without a choice the last `testDays` days are the test, and the day before them validates. */
export function splitDaysOf(
  examples: readonly TrainingExample[],
  chosen: SplitDays,
  utcOffsetMs: number,
  testDays = 2,
): Required<SplitDays> & { readonly bounds: SplitBounds } {
  const days = [...new Set(examples.map(({ impressionTime }) => dayText(impressionTime, utcOffsetMs)))].sort()
  if (days.length === 0) throw new RangeError('Cannot evaluate: the data set has no rows in these days')
  const open = chosen.trainTo === undefined || chosen.validTo === undefined
  if (open && days.length < testDays + 2) {
    throw new RangeError(
      `Cannot evaluate: the data set has ${days.length} ${days.length === 1 ? 'day' : 'days'}, and training, a validation day and ${testDays === 1 ? 'a test day' : `${testDays} test days`} need ${testDays + 2}; choose with --train-to and --valid-to`,
    )
  }
  const validTo = chosen.validTo ?? days[days.length - 1 - testDays]
  const trainTo = chosen.trainTo ?? dayText(endOfDay(validTo, utcOffsetMs) - 2 * DAY_MS, utcOffsetMs)
  const bounds = { trainEndMs: endOfDay(trainTo, utcOffsetMs), validEndMs: endOfDay(validTo, utcOffsetMs) }
  requireOrder({ trainTo, validTo })
  return { trainTo, validTo, bounds }
}

/** Refuses validation days that end before the training days. */
export function requireOrder({ trainTo, validTo }: SplitDays): void {
  if (trainTo === undefined || validTo === undefined || validTo >= trainTo) return
  throw new RangeError(`Cannot validate to ${validTo}: that is before the last training day ${trainTo}`)
}

/** Refuses what is no day of the form yyyy-mm-dd. */
export function requireDay(option: string, day: string): void {
  const startMs = Date.parse(`${day}T00:00:00Z`)
  // Date.parse takes 2022-02-30 for 2 March.
  if (Number.isNaN(startMs) || new Date(startMs).toISOString().slice(0, 10) !== day) {
    throw new RangeError(`Cannot use ${option} ${day}: it is not a day of the form yyyy-mm-dd`)
  }
}

export function dayText(timeMs: number, utcOffsetMs: number): string {
  return new Date(timeMs + utcOffsetMs).toISOString().slice(0, 10)
}

function endOfDay(day: string, utcOffsetMs: number): number {
  return Date.parse(`${day}T00:00:00Z`) - utcOffsetMs + DAY_MS
}
