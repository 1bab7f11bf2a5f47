import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { UsageGate } from '../../../src/io/level/usage-gate.ts'

test('what runs alone waits for the uses under way, and later uses wait for it', async () => {
  const gate = new UsageGate()
  const order: string[] = []
  const use = (name: string, ms: number) =>
    gate.use(async () => {
      order.push(`${name} begins`)
      await setTimeout(ms)
      order.push(`${name} ends`)
    })
  const first = Promise.all([use('a', 20), use('b', 5)])
  const alone = gate.alone(async () => {
    order.push('alone begins')
    await setTimeout(5)
    order.push('alone ends')
    throw new Error('it failed')
  })
  const later = use('c', 0)
  await expect(alone).rejects.toThrow('it failed')
  await Promise.all([first, later])
  expect(order).toEqual([
    'a begins',
    'b begins',
    'b ends',
    'a ends',
    'alone begins',
    'alone ends',
    'c begins',
    'c ends',
  ])
  await gate.alone(async () => {
    order.push('again')
  })
  expect(order.at(-1)).toBe('again')
})
