import { expect, test, vi } from 'vitest'
import { StopFlag } from '../../src/app/stop-flag.ts'

/** An event that comes when it is told to. */
function eventToCome(): { event: Promise<void>; come: () => void } {
  let come: () => void = () => {}
  const event = new Promise<void>((resolve) => {
    come = resolve
  })
  return { event, come }
}

const LONG_MS = 60_000

test('a wait for an event ends when it settles, and when the flag stops it', async () => {
  const flag = new StopFlag()
  const { event, come } = eventToCome()
  const waiting = flag.waitFor(event, LONG_MS)
  come()
  await expect(waiting).resolves.toBeUndefined()
  await flag.waitFor(event, LONG_MS)
  const other = flag.waitFor(eventToCome().event, LONG_MS)
  flag.stop()
  await other
})

test('a wait notices that its event has settled between two waits', async () => {
  const flag = new StopFlag()
  const { event, come } = eventToCome()
  await flag.waitFor(event, 1)
  come()
  await new Promise(setImmediate)
  await expect(flag.waitFor(event, LONG_MS)).resolves.toBeUndefined()
})

test('however often an event is waited for, it is listened to once', async () => {
  const flag = new StopFlag()
  const { event } = eventToCome()
  const listened = vi.spyOn(event, 'then')
  for (let turn = 0; turn < 20; turn++) await flag.waitFor(event, 0)
  expect(listened).toHaveBeenCalledTimes(1)
})

test('an event wakes who waits for it, and nobody else', async () => {
  const flag = new StopFlag()
  const { event, come } = eventToCome()
  const woken: string[] = []
  const others = [flag.wait(LONG_MS), flag.waitFor(eventToCome().event, LONG_MS)]
  for (const other of others) void other.then(() => woken.push('other'))
  const waiting = flag.waitFor(event, LONG_MS).then(() => woken.push('waiting'))
  come()
  await waiting
  await new Promise(setImmediate)
  expect(woken).toEqual(['waiting'])
  flag.stop()
  await Promise.all(others)
})
