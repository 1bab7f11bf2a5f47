/** How often, and after what waits, a registry that does not answer is asked again. */
export interface Backoff {
  /** Times that all addresses are tried before the failure is told. */
  readonly rounds: number
  readonly firstMs: number
  readonly longestMs: number
}

export const DEFAULT_BACKOFF: Backoff = { rounds: 5, firstMs: 100, longestMs: 2000 }

/**
 * Wait after the given round, from 0: it doubles up to the longest, and the second half of it is drawn, so that many
 * processes do not come back at one moment. `draw` is in [0, 1).
 */
export function backoffMs(backoff: Backoff, round: number, draw: number): number {
  const fullMs = Math.min(backoff.longestMs, backoff.firstMs * 2 ** round)
  return (fullMs * (1 + draw)) / 2
}
