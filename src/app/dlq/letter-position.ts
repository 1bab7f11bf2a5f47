import type { LetterPosition } from '../../io/schemas/replay-headers.ts'

/** `partition@offset`, as `dlq list` prints it. Throws RangeError. */
export function parseLetterPosition(text: string): LetterPosition {
  const match = /^(\d{1,9})@(\d{1,15})$/.exec(text)
  if (match === null) throw new RangeError(`Cannot use the position ${text}: write partition@offset, such as 0@17`)
  return { partition: Number(match[1]), offset: Number(match[2]) }
}

export function positionText({ partition, offset }: LetterPosition): string {
  return `${partition}@${offset}`
}
