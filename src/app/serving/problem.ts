import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'

/** An answer that is an error (RFC 9457, application/problem+json). */
export interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly [extension: string]: unknown
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  410: 'No longer there',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Too much for one request',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available',
}

/** Ends a request with a problem. */
export class ProblemError extends Error {
  readonly problem: Problem
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    detail: string,
    extensions: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail)
    this.problem = { status, title: TITLES[status] ?? 'Error', detail, ...extensions }
    this.headers = headers
  }
}

/** What a client is told of any failure. Of one that is ours it learns no more than that it is. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  if (error instanceof LifecycleError && error.retryable) return problem(503, error.message)
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (error instanceof Error && status >= 400 && status < 500) return problem(status, error.message)
  return problem(500, 'The request could not be worked on; the log of the program says why')
}

function problem(status: number, detail: string): Problem {
  return { status, title: TITLES[status] ?? 'Bad request', detail }
}
