import type { ReadRecord } from '../../io/log/log.ts'

/** Names the ranker that a prediction is of; the main one's have no such header. */
const SHADOW_HEADER = 'stan-shadow-ranker'

const decoder = new TextDecoder()

export function shadowHeaders(shadow: string | undefined): Readonly<Record<string, Uint8Array>> | undefined {
  return shadow === undefined ? undefined : { [SHADOW_HEADER]: Buffer.from(shadow) }
}

/** The shadow's name; undefined for the main ranker. */
export function shadowOf(headers: ReadRecord['headers']): string | undefined {
  const name = headers?.[SHADOW_HEADER]
  return name && decoder.decode(name)
}
