import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Answer } from './answers.ts'
import { ApiError, askApi } from './api-client.ts'

export interface Asked<A> {
  /** The newest answer; the one to an earlier path until the next has come. */
  readonly answer: A | null
  readonly error: ApiError | null
  /** The answer belongs to an earlier path. */
  readonly isOutdated: boolean
  readonly reload: () => void
}

interface Held<A> {
  readonly path: string
  readonly answer: A
}

/**
 * Asks the API, and again every `everyMs`; a tab that nobody sees waits. An answer stays while the next is on its
 * way, so that nothing flickers. Nothing is asked for while the path is null.
 */
export function useAnswer<A extends Answer>(path: string | null, everyMs: number | null): Asked<A> {
  const [held, setHeld] = useState<Held<A> | null>(null)
  const [error, setError] = useState<ApiError | null>(null)
  const [attempt, setAttempt] = useState(0)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)

  useEffect(() => {
    if (path === null) return
    const abort = new AbortController()
    const ask = async (): Promise<void> => {
      clearTimeout(timer.current)
      try {
        const answer = await askApi<A>(path, abort.signal)
        setHeld({ path, answer })
        setError(null)
      } catch (failure) {
        if (abort.signal.aborted) return
        setError(failure instanceof ApiError ? failure : new ApiError(0, String(failure)))
      }
      if (everyMs !== null && !document.hidden && !abort.signal.aborted) {
        timer.current = setTimeout(() => void ask(), everyMs)
      }
    }
    const onVisibility = (): void => {
      clearTimeout(timer.current)
      if (!document.hidden && everyMs !== null) void ask()
    }
    document.addEventListener('visibilitychange', onVisibility)
    void ask()
    return () => {
      abort.abort()
      clearTimeout(timer.current)
      document.removeEventListener('visibilitychange', onVisibility)
    }
  }, [path, everyMs, attempt])

  const reload = useCallback(() => setAttempt((count) => count + 1), [])
  return { answer: held?.answer ?? null, error, isOutdated: held !== null && held.path !== path, reload }
}
