import { type Headers, originalHeaders, OWN } from './dead-letter-headers.ts'

/**
 * A replay writes two records at once: the letter's own, back into its topic, and a mark into the letter's partition,
 * behind the letter. A mark is no letter: it has no value. It stays for as long as the letter does, since a log drops
 * its oldest records first.
 */
const MARK = 'stan-lifecycle.replay.letter-offset'

export interface LetterPosition {
  readonly partition: number
  readonly offset: number
}

/** Headers of a letter's record on its way back: its own, the attempt that failed, and where the letter lies. */
export function replayHeaders(headers: Headers, attempt: number, { partition, offset }: LetterPosition): Headers {
  return {
    ...originalHeaders(headers),
    [`${OWN}attempt`]: Buffer.from(`${attempt}`),
    [`${OWN}replay-of`]: Buffer.from(`${partition}@${offset}`),
  }
}

export function replayMarkHeaders(letterOffset: number): Headers {
  return { [MARK]: Buffer.from(`${letterOffset}`) }
}

/** Offset of the letter that a mark in its partition speaks of; null for a record that is no mark. */
export function readReplayMark(value: Uint8Array | null, headers: Headers | undefined): number | null {
  const offset = Buffer.from(headers?.[MARK] ?? []).toString()
  return value === null && /^\d{1,15}$/.test(offset) ? Number(offset) : null
}
