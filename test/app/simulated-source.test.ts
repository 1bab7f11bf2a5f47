import { describe, expect, test } from 'vitest'
import { SimulatedSource } from '../../src/app/simulated-source.ts'
import { TOPICS } from '../../src/app/topics.ts'
import { dumpTopics } from '../support/dump-topics.ts'
import { firstDifference } from '../support/first-difference.ts'
import { KeptWorld } from '../support/kept-world.ts'
import { smallConfig } from '../support/small-config.ts'

const CONFIG = { ...smallConfig({ partitions: 2 }), simulator: { users: 50, items: 40, eventsPerSecond: 1 } }

async function appended(counts: readonly number[], reopen: boolean, saveAfter = -1) {
  const kept = await KeptWorld.create(CONFIG)
  let source = await SimulatedSource.open(CONFIG, kept.world())
  for (const [i, count] of counts.entries()) {
    await source.append(count)
    if (i === saveAfter) await source.save()
    if (reopen) source = await SimulatedSource.open(CONFIG, kept.world())
  }
  return { topics: await dumpTopics(kept.log), stores: [] }
}

describe('simulated source', () => {
  test('makes the same events however many are asked for at a time', async () => {
    const whole = await appended([900], false)
    expect(firstDifference(await appended([1, 299, 250, 350], false), whole)).toBeNull()
    expect(whole.topics[TOPICS.interactions]).toHaveLength(902)
  })

  test.each([
    ['that never saved', -1],
    ['that saved at its end', 3],
    ['that died some events after it saved', 1],
  ])('goes on with the very next event after a process %s', async (_, saveAfter) => {
    const whole = await appended([900], false)
    expect(firstDifference(await appended([1, 299, 250, 350], true, saveAfter), whole)).toBeNull()
  })
})
