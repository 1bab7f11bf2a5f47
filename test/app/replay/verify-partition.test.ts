import { describe, expect, test } from 'vitest'
import { renderDifference } from '../../../src/app/replay/render-verification.ts'
import { verifyPartition } from '../../../src/app/replay/verify-partition.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { encodeMeta, decodeMeta, META_KEY } from '../../../src/app/tracker/partition-meta.ts'
import { historyKey } from '../../../src/app/tracker/partition-history.ts'
import { storeEntries } from '../../../src/app/replay/store-entries.ts'
import {
  afterPrefix,
  impressionIdOfKey,
  snapshotPlaceOfKey,
  userIdOfKey,
  userKey,
} from '../../../src/app/tracker/state-keys.ts'
import type { UserId } from '../../../src/core/contracts/ids.ts'
import { decodeUserSnapshot, encodeUserSnapshot } from '../../../src/core/user-state/user-snapshot-codec.ts'
import { decodeUserState, encodeUserState } from '../../../src/core/user-state/user-state-codec.ts'
import { MemoryStore } from '../../../src/io/store/memory-store.ts'
import { eventfulBench } from '../../support/eventful-bench.ts'
import type { TrackerBench } from '../../support/tracker-bench.ts'

const verify = (bench: TrackerBench, partition = 0) =>
  verifyPartition({
    log: bench.log,
    codecs: bench.codecs,
    partition,
    store: bench.stores[partition],
    scratch: async () => new MemoryStore(),
  })

describe('a replay of a partition', () => {
  test.each([1, 3])(
    'gives every state of a run with swaps, restarts, other rules, erasures and idle advances; partitions: %i',
    async (partitions) => {
      const bench = await eventfulBench(partitions)
      let users = 0
      for (let partition = 0; partition < partitions; partition++) {
        const verification = await verify(bench, partition)
        expect(verification.first && renderDifference(verification.first)).toBeNull()
        expect(verification.compared).toEqual(['changelog', 'store', 'user-states'])
        users += verification.users
      }
      expect(users).toBeGreaterThan(20)
    },
  )
})

/** What verify says first of a bench that something was done to; null when it finds nothing. */
async function firstOf(damage: (bench: TrackerBench) => Promise<void>): Promise<string | null> {
  const bench = await eventfulBench()
  await damage(bench)
  const { first } = await verify(bench)
  return first && renderDifference(first)
}

async function firstKey(bench: TrackerBench, kind: 'u' | 'i' | 't'): Promise<Uint8Array> {
  const prefix = Buffer.from(kind)
  for await (const { key } of storeEntries(bench.stores[0], prefix, afterPrefix(prefix))) return key
  throw new Error('there is none')
}

async function write(bench: TrackerBench, key: Uint8Array, value: Uint8Array | null): Promise<void> {
  const position = (await bench.stores[0].position())!
  await bench.stores[0].apply({ entries: [{ key, value }], position })
}

const record = (bench: TrackerBench, topic: string, key: Uint8Array, value: Uint8Array | null) =>
  bench.log.append([{ topic, partition: 0, key, value, timestamp: 0 }])

/** A published state, changed. */
async function publishChanged(bench: TrackerBench, change: object): Promise<string> {
  const [[userId, state]] = [...(await bench.userStates())].filter(([, found]) => found !== null)
  const value = bench.codecs.userState.encode({ ...state!, ...change })
  await record(bench, TOPICS.userStates, Buffer.from(userId), value)
  return userId
}

describe('verify names the first difference', () => {
  test('of a state in the store, with field, both values and position', async () => {
    const said = await firstOf(async (bench) => {
      const key = await firstKey(bench, 'u')
      const state = decodeUserState((await bench.stores[0].get(key))!)
      state.evidence[1].successWeight += 1
      await write(bench, key, encodeUserState(state))
    })
    expect(said).toMatch(
      /^user \S+ differs in the store: evidence\[1\]\.successWeight is [\d.]+, a replay gives [\d.]+ \(interactions\/0@\d+\)$/,
    )
  })

  test('of a state that the store lacks', async () => {
    const said = await firstOf(async (bench) => write(bench, await firstKey(bench, 'u'), null))
    expect(said).toMatch(/^user \S+ differs in the store: state is nothing, a replay gives a state/)
  })

  test('of a state that only the store has', async () => {
    const said = await firstOf(async (bench) => {
      const value = await bench.stores[0].get(await firstKey(bench, 'u'))
      await write(bench, userKey('a-ghost' as UserId), value)
    })
    expect(said).toMatch(/^user a-ghost differs in the store: state is a state, a replay gives nothing/)
  })

  test('of bytes of another version in the store', async () => {
    const said = await firstOf(async (bench) => {
      const key = await firstKey(bench, 'u')
      const value = Buffer.from((await bench.stores[0].get(key))!)
      value[0] = 9
      await write(bench, key, value)
    })
    expect(said).toMatch(/differs in the store: schema version is 9, a replay gives 2/)
  })

  test('of a pending impression in the store', async () => {
    let id = ''
    const said = await firstOf(async (bench) => {
      const key = await firstKey(bench, 'i')
      id = impressionIdOfKey(key)
      await write(bench, key, null)
    })
    expect(said).toContain(`differs in the store: impression ${id} is nothing`)
  })

  test('of a snapshot in the store', async () => {
    const said = await firstOf(async (bench) => {
      const prefix = Buffer.from('s')
      for await (const { key, value } of storeEntries(bench.stores[0], prefix, afterPrefix(prefix))) {
        if (snapshotPlaceOfKey(key) === null) continue
        const snapshot = decodeUserSnapshot(value)
        await write(bench, key, encodeUserSnapshot({ ...snapshot, streamTime: snapshot.streamTime + 1 }))
        return
      }
    })
    expect(said).toMatch(/^user \S+ differs in the store: snapshot at place \d: streamTime is \d+, a replay gives \d+$/)
  })

  test('of a timer that the store has lost', async () => {
    const said = await firstOf(async (bench) => {
      const prefix = Buffer.from('t')
      for await (const { key } of storeEntries(bench.stores[0], prefix, afterPrefix(prefix))) {
        await write(bench, key, null)
      }
    })
    expect(said).toMatch(/differs in the store: timer is nothing, a replay gives \d{4}-\d\d-\d\dT/)
  })

  test('of the position that the store reflects', async () => {
    const said = await firstOf(async (bench) => {
      const meta = decodeMeta((await bench.stores[0].get(META_KEY))!)
      await write(bench, META_KEY, encodeMeta({ ...meta, bundleOffset: 0 }))
    })
    expect(said).toMatch(
      /^the partition itself differs in the store: bundle version \(bundleOffset\) is 0, a replay gives 2/,
    )
  })

  test('of a state in the changelog', async () => {
    const said = await firstOf(async (bench) => {
      const key = await firstKey(bench, 'u')
      const state = decodeUserState((await bench.stores[0].get(key))!)
      state.stage = (state.stage + 1) % 4
      await record(bench, TOPICS.changelog, key, encodeUserState(state))
    })
    expect(said).toMatch(/^user \S+ differs in changelog: stage is \d, a replay gives \d \(interactions\/0@\d+\)$/)
  })

  test('of a changelog that lacks a state', async () => {
    let userId = ''
    const said = await firstOf(async (bench) => {
      const key = await firstKey(bench, 'u')
      userId = userIdOfKey(key)
      await record(bench, TOPICS.changelog, key, null)
    })
    expect(said).toContain(`user ${userId} differs in changelog: state is nothing, a replay gives a state`)
  })

  test('of the counters in the changelog', async () => {
    const said = await firstOf(async (bench) => {
      const meta = decodeMeta((await bench.stores[0].get(META_KEY))!)
      meta.clock.counters.events++
      await record(bench, TOPICS.changelog, META_KEY, encodeMeta(meta))
    })
    expect(said).toMatch(/^the partition itself differs in changelog: counters\.events is \d+, a replay gives \d+/)
  })

  test.each([
    [{ ruleVersion: 'paper-paper-1' }, /: rule version is paper-paper-1, a replay gives talk-calibrated-1 \(/],
    [{ bundleVersion: 7 }, /: bundle version is 7, a replay gives 2 \(/],
    [{ dormant: false }, /: dormant is false, a replay gives true \(/],
    [{ stage: 'nobody' }, /: record is unreadable: stage is "nobody"/],
  ])('of a published state with %j', async (change, words) => {
    const said = await firstOf(async (bench) => void (await publishChanged(bench, change)))
    expect(said).toMatch(/^user \S+ differs in user-states: /)
    expect(said).toMatch(words)
  })

  test('of a published state that cannot be read', async () => {
    const said = await firstOf(async (bench) => {
      const [userId] = [...(await bench.userStates())].find(([, state]) => state !== null)!
      await record(bench, TOPICS.userStates, Buffer.from(userId), Buffer.from([0, 0, 0, 0, 99, 1]))
    })
    expect(said).toMatch(
      /differs in user-states: schema version is unreadable: .*99.*, a replay gives a record of schema \d/,
    )
  })

  test('of states made with another bundle than the changelog says', async () => {
    const said = await firstOf(async (bench) => {
      const [entry] = (await bench.records(TOPICS.changelog)).filter(
        ({ key }) => Buffer.from(key!).toString() === 'mhistory/0000000000000100',
      )
      const history = JSON.parse(Buffer.from(entry.value!).toString())
      expect(history.bundleOffset).toBe(0)
      await record(
        bench,
        TOPICS.changelog,
        historyKey(100),
        Buffer.from(JSON.stringify({ ...history, bundleOffset: 2 })),
      )
    })
    expect(said).not.toBeNull()
  })
})

describe('verify', () => {
  test('takes a store for whole that is a commit behind its changelog', async () => {
    const bench = await eventfulBench()
    const [old] = [await bench.stores[0].position()]
    const [last] = (await bench.records(TOPICS.changelog)).slice(-1)
    expect(last.offset).toBe(old!.changelogOffset - 1)
    const entries: { key: Uint8Array; value: null }[] = []
    const behind = old!.changelogOffset - 5
    for (const { key, offset } of await bench.records(TOPICS.changelog)) {
      if (offset >= behind && key![0] !== 0x6d) entries.push({ key: key!, value: null })
    }
    await bench.stores[0].apply({ entries, position: { ...old!, changelogOffset: behind } })
    expect((await verify(bench)).first).toBeNull()
  })

  test('compares what is there where no store is at hand', async () => {
    const bench = await eventfulBench()
    const verification = await verifyPartition({
      log: bench.log,
      codecs: bench.codecs,
      partition: 0,
      store: null,
      scratch: async () => new MemoryStore(),
    })
    expect(verification).toMatchObject({ compared: ['changelog', 'user-states'], first: null })
  })

  test('refuses a changelog that does not tell the history, and says so', async () => {
    const bench = await eventfulBench()
    await record(bench, TOPICS.changelog, historyKey(0), null)
    await expect(verify(bench)).rejects.toMatchObject({ code: 'no-history' })
  })
})
