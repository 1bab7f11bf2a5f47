import { setImmediate as immediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { breathe } from '../../src/app/breathe.ts'

/** Two milliseconds of work: more than a turn. */
function work(): void {
  const endMs = performance.now() + 2
  while (performance.now() < endMs);
}

async function loop(name: string, order: string[]): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await breathe()
    order.push(name)
    work()
  }
}

test('loops that have work at the same time take turns, and what waits is seen to between any two', async () => {
  const order: string[] = []
  const running = { on: true }
  const other = async (): Promise<void> => {
    while (running.on) {
      await immediate()
      order.push('-')
    }
  }
  const waiting = other()
  await Promise.all([loop('a', order), loop('b', order)])
  running.on = false
  await waiting
  const text = order.join('')
  expect(text.replaceAll('-', '')).toBe('ababababab')
  expect(text).not.toMatch(/[ab][ab]/)
})

test('a loop goes on at once until its millisecond is over', async () => {
  await breathe()
  await immediate()
  await breathe()
  let others = 0
  const timer = setImmediate(() => others++)
  await breathe()
  expect(others).toBe(0)
  clearImmediate(timer)
})
