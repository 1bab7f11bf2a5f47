import { signal } from '@preact/signals'
import { accessToken, demandToken } from './access-token.ts'
import type { Answer, Freshness } from './answers.ts'

/** What the newest answer said of itself. */
export const latestFreshness = signal<Freshness | null>(null)
/** Whether the server has answered the last request. */
export const isReachable = signal(true)

/** The API said no, or did not answer. */
export class ApiError extends Error {
  /** 0 when there was no answer. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
  }
}

/** Throws ApiError. A 401 brings the token form up. */
export async function askApi<A extends Answer>(path: string, signal: AbortSignal): Promise<A> {
  const response = await openAnswer(path, signal)
  const answer = (await response.json()) as A
  latestFreshness.value = answer.freshness
  return answer
}

/** The answer before its body is read. */
export async function openAnswer(
  path: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const token = accessToken()
  let response: Response
  try {
    response = await fetch(path, {
      signal,
      cache: 'no-store',
      headers: { ...headers, ...(token !== null && { authorization: `Bearer ${token}` }) },
    })
  } catch (error) {
    if (signal.aborted) throw error
    isReachable.value = false
    throw new ApiError(0, 'The server does not answer.')
  }
  isReachable.value = true
  if (response.ok) return response
  if (response.status === 401) demandToken(token)
  throw new ApiError(response.status, await detailOf(response))
}

async function detailOf(response: Response): Promise<string> {
  try {
    const { detail } = (await response.json()) as { detail?: string }
    return detail ?? response.statusText
  } catch {
    return `The server answered ${response.status}.`
  }
}

/** A path with the parameters that have a value. */
export function pathWith(
  path: string,
  parameters: Readonly<Record<string, string | number | null | undefined>>,
): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '') query.set(name, String(value))
  }
  const text = query.toString()
  return text === '' ? path : `${path}?${text}`
}
