import { pause } from './pause.ts'
import type { StateSink } from './state-source.ts'

const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 15_000

/**
 * Connects again and again, with growing pauses of random length, until the signal is aborted. `connect` calls
 * `connected` once it is, and ends with the connection. Before the first time its failure is thrown; later ones are told
 * to the sink, whatever they are: a login that is refused today may have been renewed tomorrow.
 */
export async function keepConnected(
  connect: (connected: () => void) => Promise<void>,
  sink: StateSink,
  signal: AbortSignal,
): Promise<void> {
  let isFirst = true
  let attempt = 0
  const connected = (): void => {
    isFirst = false
    attempt = 0
    sink.connected()
  }
  while (!signal.aborted) {
    try {
      await connect(connected)
    } catch (error) {
      if (signal.aborted) return
      if (isFirst) throw error
      sink.fail(error instanceof Error ? error : new Error(String(error)))
    }
    const fullMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt++)
    await pause((fullMs * (1 + Math.random())) / 2, signal)
  }
}
