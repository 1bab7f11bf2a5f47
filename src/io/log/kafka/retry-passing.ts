import { codeOf, isPassing, KAFKA_CODES } from './kafka-errors.ts'

/** A previous transaction ends within milliseconds, a moved leader or a restarted broker within seconds. */
const CONCURRENT = { firstMs: 2, factor: 1.5, mostMs: 100 } as const
const ELSE = { firstMs: 50, factor: 2, mostMs: 1_000 } as const

export interface RetryOptions {
  /** On performance.now's clock: no try begins later. */
  readonly deadline: number
  /** Before the next try; its own failure does not count, since the try will show it. */
  readonly between?: (error: unknown) => Promise<void>
}

/** Tries again after errors that pass by themselves, with growing pauses of random length. Throws the last error. */
export async function retryPassing<T>(work: () => Promise<T>, { deadline, between }: RetryOptions): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const pauseMs = retryPauseMs(error, attempt)
      if (!isPassing(error) || performance.now() + pauseMs > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
      if (codeOf(error) !== KAFKA_CODES.concurrentTransactions) await between?.(error).catch(() => {})
    }
  }
}

export function retryPauseMs(error: unknown, attempt: number): number {
  const { firstMs, factor, mostMs } = codeOf(error) === KAFKA_CODES.concurrentTransactions ? CONCURRENT : ELSE
  return Math.min(firstMs * factor ** attempt, mostMs) * (0.5 + Math.random() / 2)
}
