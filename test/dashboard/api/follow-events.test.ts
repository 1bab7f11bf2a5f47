import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { followEvents } from '../../../src/dashboard/api/follow-events.ts'
import type { ServerEvent } from '../../../src/dashboard/api/sse-parser.ts'

/** What each request in turn is answered; the last one for all further ones. */
let answers: (() => Response)[]
let requests: Headers[]
let abort: AbortController

beforeEach(() => {
  requests = []
  abort = new AbortController()
  vi.stubGlobal('sessionStorage', { getItem: () => 'right-token' })
  vi.stubGlobal('fetch', async (_path: string, { headers }: { headers: Record<string, string> }) => {
    requests.push(new Headers(headers))
    return (answers.length > 1 ? answers.shift()! : answers[0])()
  })
})
afterEach(() => {
  abort.abort()
  vi.unstubAllGlobals()
})

async function follow(until: (ids: readonly string[]) => boolean) {
  const ids: string[] = []
  const opened: boolean[] = []
  await followEvents(
    '/v1/events',
    {
      onEvents: (events: readonly ServerEvent[]) => {
        ids.push(...events.map(({ id }) => id))
        if (until(ids)) abort.abort()
      },
      onOpen: (isOpen) => opened.push(isOpen),
    },
    abort.signal,
  )
  return { ids, opened }
}

describe('following events', () => {
  test('goes on behind the last event after a break, with the token', async () => {
    answers = [
      () => new Response(': open\n\nid: a1\ndata: {}\n\nid: a2\ndata: {}\n\ndata: cut off'),
      () => new Response('{"detail":"later"}', { status: 503 }),
      () => new Response('id: a3\ndata: {}\n\n'),
    ]
    const { ids, opened } = await follow((seen) => seen.includes('a3'))
    expect(ids).toEqual(['a1', 'a2', 'a3'])
    expect(requests.map((headers) => headers.get('last-event-id'))).toEqual([null, 'a2', 'a2'])
    expect(requests.map((headers) => headers.get('authorization'))).toEqual(Array(3).fill('Bearer right-token'))
    expect(opened.slice(0, 4)).toEqual([true, false, false, true])
  }, 20_000)

  test('ends when the server refuses', async () => {
    answers = [() => new Response('{"detail":"no"}', { status: 403 })]
    expect(await follow(() => false)).toEqual({ ids: [], opened: [false] })
    expect(requests).toHaveLength(1)
  })
})
