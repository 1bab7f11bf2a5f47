import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { StateChange } from '../../src/client/change-queue.ts'
import type { StateSink, StateSource } from '../../src/client/state-source.ts'
import { StatesView } from '../../src/client/states-view.ts'
import type { StatesOptions } from '../../src/client/user-states.ts'
import { publishedState } from '../support/published-states.ts'

const NOW = 1_700_000_000_000

/** A source that says what the test says. */
class ScriptedSource implements StateSource {
  sink!: StateSink

  async run(sink: StateSink, signal: AbortSignal): Promise<void> {
    this.sink = sink
    sink.connected()
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
}

async function openView(options: StatesOptions = {}) {
  const source = new ScriptedSource()
  const clock = { nowMs: NOW }
  const view = await StatesView.open(source, options, () => clock.nowMs)
  onTestFinished(() => view.close())
  return { view, sink: source.sink, clock }
}

function ann(changes = {}) {
  return publishedState('ann', { eventTime: NOW - 5_000, ...changes })
}

describe('the view of user states', () => {
  it('refuses until everything has been read, and then gives the latest state', async () => {
    const { view, sink } = await openView()
    let isReady = false
    void view.ready.then(() => (isReady = true))
    sink.put(ann({ stage: 'new' }))
    expect(() => view.get('ann')).toThrow(
      expect.objectContaining({
        code: 'stale-state',
        retryable: true,
        message: 'Cannot give the state of the user: the view has not read to the end yet',
      }),
    )
    expect(() => view.get('ben')).toThrow(expect.objectContaining({ code: 'stale-state' }))
    expect(isReady).toBe(false)
    sink.put(ann({ stage: 'stick' }))
    sink.complete(NOW)
    await view.ready
    expect(view.get('ann')).toEqual({ kind: 'fresh', state: ann({ stage: 'stick' }), ageMs: 5_000 })
    expect(view.get('ben')).toEqual({ kind: 'unknown' })
  })

  it('is stale once nothing has been told for longer than the contract allows', async () => {
    const { view, sink, clock } = await openView({ maxLagMs: 10_000 })
    sink.put(ann())
    sink.complete(NOW - 1_000)
    clock.nowMs += 9_000
    expect(view.get('ann').kind).toBe('fresh')
    expect(view.freshness()).toEqual({
      users: 1,
      completeAtMs: NOW - 1_000,
      lagMs: 10_000,
      newestEventTimeMs: NOW - 5_000,
      isStale: false,
    })
    clock.nowMs += 1_000
    expect(() => view.get('ann')).toThrow('Cannot give the state of the user: the view is 11 s behind')
    expect(view.freshness().isStale).toBe(true)
    sink.complete(clock.nowMs)
    expect(view.get('ann').kind).toBe('fresh')
  })

  it.each([
    [{ maxLagMs: 1_000 }, 'behind'],
    [{ maxSilenceMs: 6_000 }, 'silent'],
    [{ maxAgeMs: 6_000 }, 'old'],
  ] as const)('marks a state as stale under %o: %s', async (contract, reason) => {
    const { view, sink, clock } = await openView({ ...contract, onStale: 'mark' })
    expect(view.get('ann')).toEqual({ kind: 'stale', reason: 'behind', state: null, ageMs: null })
    sink.put(ann())
    sink.complete(NOW)
    expect(view.get('ann').kind).toBe('fresh')
    clock.nowMs += 1_001
    expect(view.get('ann')).toEqual({ kind: 'stale', reason, state: ann(), ageMs: 6_001 })
    // Nobody's state is old; whether there is one is as uncertain as before.
    expect(view.get('ben').kind).toBe(reason === 'old' ? 'unknown' : 'stale')
  })

  it('says why it refuses', async () => {
    const silent = await openView({ maxSilenceMs: 1_000 })
    silent.sink.complete(NOW)
    expect(() => silent.view.get('ann')).toThrow('no user has had an event for too long')
    const old = await openView({ maxAgeMs: 1_000 })
    old.sink.put(ann())
    old.sink.complete(NOW)
    expect(() => old.view.get('ann')).toThrow('its latest event is 5 s old')
  })

  it('forgets an erased user', async () => {
    const { view, sink } = await openView()
    sink.put(ann())
    sink.complete(NOW)
    sink.erase('ann')
    expect(view.get('ann')).toEqual({ kind: 'unknown' })
    sink.erase('ben')
    expect(view.freshness().users).toBe(0)
  })

  it('goes on behind a record that cannot be read, and does not trust what it knew before', async () => {
    const onRejected = vi.fn<NonNullable<StatesOptions['onRejected']>>()
    const { view, sink } = await openView({ onRejected, onStale: 'mark' })
    sink.put(ann())
    const rejected = { userId: 'ann', origin: 'user-states/0@7', reason: 'no record' }
    sink.reject(rejected)
    sink.reject({ ...rejected, userId: null })
    sink.reject({ ...rejected, userId: 'ben' })
    sink.complete(NOW)
    expect(onRejected.mock.calls.map(([{ userId }]) => userId)).toEqual(['ann', null, 'ben'])
    expect(onRejected).toHaveBeenCalledWith(rejected)
    expect(view.get('ann')).toMatchObject({ kind: 'stale', reason: 'unreadable', state: ann() })
    expect(view.get('ben')).toMatchObject({ kind: 'stale', reason: 'unreadable', state: null })
    sink.put(ann())
    expect(view.get('ann').kind).toBe('fresh')
  })

  it('drops who is not told again when everything is read anew', async () => {
    const { view, sink } = await openView({ onStale: 'mark' })
    sink.put(ann())
    sink.put(publishedState('ben'))
    sink.complete(NOW)
    sink.restart()
    expect(view.get('ann')).toMatchObject({ kind: 'stale', reason: 'behind' })
    sink.put(ann())
    expect(view.get('ben')).toMatchObject({ kind: 'stale', reason: 'behind' })
    sink.complete(NOW)
    expect(view.get('ann').kind).toBe('fresh')
    expect(view.get('ben')).toEqual({ kind: 'unknown' })
  })

  it('keeps whom it is told to keep, and says of others that it does not', async () => {
    const { view, sink } = await openView({ keep: (userId) => userId.startsWith('a'), onStale: 'mark' })
    sink.put(ann())
    sink.put(publishedState('ben', { eventTime: NOW - 1 }))
    sink.reject({ userId: 'ben', origin: '', reason: '' })
    sink.complete(NOW)
    expect(view.freshness()).toMatchObject({ users: 1, newestEventTimeMs: NOW - 1 })
    expect(view.get('ben')).toEqual({ kind: 'stale', reason: 'not-kept', state: null, ageMs: null })
    expect(view.get('abe')).toEqual({ kind: 'unknown' })
  })

  it('keeps so many users, those that are used before the others', async () => {
    const { view, sink } = await openView({ maxUsers: 2 })
    sink.complete(NOW)
    sink.put(ann())
    sink.put(publishedState('ben'))
    view.get('ann')
    sink.put(publishedState('cleo'))
    expect(view.freshness().users).toBe(2)
    expect(view.get('ann').kind).toBe('fresh')
    expect(() => view.get('ben')).toThrow('the view does not keep it')
    // Whether there is a dora cannot be told any more.
    expect(() => view.get('dora')).toThrow('the view does not keep it')
  })

  it('tells watchers each change, and a slow one the latest of each user', async () => {
    const { view, sink } = await openView()
    const all = view.watch()
    const one = view.watch({ userId: 'ben' })
    const first = all.next()
    sink.put(ann({ stage: 'new' }))
    expect((await first).value).toEqual({ kind: 'state', state: ann({ stage: 'new' }), previous: null })
    sink.put(ann({ stage: 'wander' }))
    sink.put(publishedState('ben'))
    sink.put(ann({ stage: 'stick' }))
    const changes: StateChange[] = [(await all.next()).value, (await all.next()).value]
    expect(changes).toEqual([
      // What this reader was told last is the state before the one that it never saw.
      { kind: 'state', state: ann({ stage: 'stick' }), previous: ann({ stage: 'new' }) },
      { kind: 'state', state: publishedState('ben'), previous: null },
    ])
    sink.erase('ann')
    expect((await all.next()).value).toEqual({ kind: 'erased', userId: 'ann', previous: ann({ stage: 'stick' }) })
    expect((await one.next()).value).toMatchObject({ state: { userId: 'ben' } })
  })

  it('begins a watch with the states there are when asked to, and ends it with the view', async () => {
    const { view, sink } = await openView()
    sink.put(ann())
    const told: StateChange[] = []
    const reading = (async () => {
      for await (const change of view.watch({ withCurrent: true })) told.push(change)
    })()
    await vi.waitFor(() => expect(told).toHaveLength(1))
    await view.close()
    await reading
    expect(told).toEqual([{ kind: 'state', state: ann(), previous: null }])
    expect(() => view.get('ann')).toThrow(expect.objectContaining({ code: 'closed' }))
    expect(() => view.watch()).toThrow(expect.objectContaining({ code: 'closed' }))
    await expect(view.ready).rejects.toMatchObject({ code: 'closed' })
  })

  it('ends a watch that is left, and keeps nothing for it', async () => {
    const { view, sink } = await openView()
    const watch = view.watch()
    sink.put(ann())
    for await (const change of watch) {
      expect(change.kind).toBe('state')
      break
    }
    sink.put(publishedState('ben'))
    expect(await watch.next()).toEqual({ done: true, value: undefined })
  })

  it('fails to open where the first connection fails', async () => {
    const source: StateSource = { run: () => Promise.reject(new Error('no')) }
    await expect(StatesView.open(source, {})).rejects.toThrow('no')
  })

  it.each([
    { maxLagMs: 0 },
    { maxSilenceMs: -1 },
    { maxAgeMs: Number.NaN },
    { maxUsers: 1.5 },
    { onStale: 'x' as never },
  ])('refuses %o', async (options) => {
    await expect(StatesView.open(new ScriptedSource(), options)).rejects.toThrow(RangeError)
  })
})
