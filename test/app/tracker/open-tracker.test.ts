import { cp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { trackerSettingsOf } from '../../../src/app/config/compile-config.ts'
import { Pipeline } from '../../../src/app/pipeline.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { kindOfKey } from '../../../src/app/tracker/state-keys.ts'
import { openWorld, type World } from '../../../src/app/wire.ts'
import { openLevel } from '../../../src/io/level/open-level.ts'
import { dumpStore } from '../../support/dump-store.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const config = smallConfig()
const ROLES = { tracker: true, ranker: false }

async function open(dataDir: string): Promise<World> {
  return openWorld({ ...config, dataDir }, '0')
}

const EVENTS = 3000

/** A data folder with 3,000 events tracked, and its store as it should be. */
async function trackedFolder() {
  const dataDir = join(await temporaryFolder(), 'data')
  await track(dataDir, 0, EVENTS)
  return { dataDir, store: await storeOf(dataDir) }
}

/** Tracks the events from the first number to the second. */
async function track(dataDir: string, from: number, to: number): Promise<void> {
  const world = await open(dataDir)
  await world.log.append(
    simulatedInteractions(EVENTS)
      .slice(from, to)
      .map((interaction) => ({
        topic: TOPICS.interactions,
        partition: 0,
        key: Buffer.from(interaction.userId),
        value: world.codecs.interaction.encode(interaction),
        timestamp: interaction.eventTime,
      })),
  )
  await (await Pipeline.open(config, world, ROLES)).finish()
  await world.close()
}

async function storeOf(dataDir: string) {
  const world = await open(dataDir)
  try {
    await Pipeline.open(config, world, ROLES)
  } finally {
    await world.close()
  }
  const again = await open(dataDir)
  try {
    return await dumpStore(await again.stateStore(0), trackerSettingsOf(config).joiner)
  } finally {
    await again.close()
  }
}

const asides = async (dataDir: string) =>
  (await readdir(join(dataDir, 'store'))).filter((name) => name.includes('quarantined'))

test('a store with damaged files is put aside and rebuilt from the changelog', async () => {
  const { dataDir, store } = await trackedFolder()
  const folder = join(dataDir, 'store', '0')
  const manifest = (await readdir(folder)).find((name) => name.startsWith('MANIFEST'))!
  await writeFile(join(folder, manifest), 'no manifest')
  expect(await storeOf(dataDir)).toEqual(store)
  expect(await asides(dataDir)).toEqual(['0.quarantined-1'])
})

test('a store of another log is put aside and rebuilt, each time under a name of its own', async () => {
  const { dataDir, store } = await trackedFolder()
  for (const expected of [['0.quarantined-1'], ['0.quarantined-1', '0.quarantined-2']]) {
    const other = await trackedFolder()
    await rm(join(dataDir, 'store', '0'), { recursive: true })
    await cp(join(other.dataDir, 'store', '0'), join(dataDir, 'store', '0'), { recursive: true })
    expect(await storeOf(dataDir)).toEqual(store)
    expect((await asides(dataDir)).sort()).toEqual(expected)
  }
})

test('a store that is gone is rebuilt, and one that is there is used', async () => {
  const { dataDir, store } = await trackedFolder()
  await rm(join(dataDir, 'store', '0'), { recursive: true })
  expect(await storeOf(dataDir)).toEqual(store)
  expect(await storeOf(dataDir)).toEqual(store)
  expect(await asides(dataDir)).toEqual([])
})

test('a store that turns out to be damaged while it is read is put aside and rebuilt', async () => {
  const whole = join(await temporaryFolder(), 'data')
  const damaged = join(await temporaryFolder(), 'data')
  for (const dataDir of [whole, damaged]) await track(dataDir, 0, EVENTS / 2)
  await spoilUsers(join(damaged, 'store', '0'))
  for (const dataDir of [whole, damaged]) await track(dataDir, EVENTS / 2, EVENTS)
  expect(await asides(damaged)).toEqual(['0.quarantined-1'])
  expect(await storeOf(damaged)).toEqual(await storeOf(whole))
})

/** Changes a byte in the stored state of every user. */
async function spoilUsers(folder: string): Promise<void> {
  const level = await openLevel('the store', folder, { writeBufferSize: 1 << 20 })
  for await (const [key, value] of level.iterator()) {
    // Behind the tag of the store's entries.
    if (key[0] !== 1 || kindOfKey(key.subarray(1)) !== 'user') continue
    value[value.length >> 1] ^= 1
    await level.put(key, value)
  }
  await level.close()
}
