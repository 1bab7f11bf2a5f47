import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ingest } from '../../../src/app/ingest/ingest.ts'
import { loadConfig } from '../../../src/app/config/load-config.ts'
import { Pipeline } from '../../../src/app/pipeline.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { openWorld, openWorldAsFound } from '../../../src/app/wire.ts'
import type { UserId } from '../../../src/core/contracts/ids.ts'
import { decodeUserState, encodeUserState } from '../../../src/core/user-state/user-state-codec.ts'
import { userKey } from '../../../src/app/tracker/state-keys.ts'
import { readJsonl } from '../../../src/io/datasets/jsonl-reader.ts'
import { callProgram } from '../../support/call-program.ts'
import { GOOD_ROW, LOG_HEADER, LOG_NAME, writeKuairand } from '../../support/kuairand-files.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { SMALL_SETTINGS } from '../../support/small-config.ts'

let folder: string
let config: string
let data: string
let userId: string

/** A data folder as `ingest jsonl` makes it, with a ranker, and its configuration. */
beforeAll(async () => {
  await chooseBackend('wasm')
  folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-past-'))
  config = join(folder, 'config.yaml')
  data = join(folder, 'data')
  const tracker = { sliceSize: 128 }
  const ranker = { ...SMALL_SETTINGS.ranker, batchSize: 64, bundleEvery: 256 }
  await writeFile(config, stringify({ ...SMALL_SETTINGS, tracker, ranker, partitions: 2, dataDir: data }))
  const rows = join(folder, 'rows.jsonl')
  await writeFile(
    rows,
    simulatedInteractions(3000)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(''),
  )
  const settings = await loadConfig({ file: config, environment: {}, flags: [] })
  const world = await openWorld(settings, 'test')
  const pipeline = await Pipeline.open(settings, world, { tracker: true, ranker: true })
  await ingest(readJsonl(rows), world, pipeline, settings.partitions, () => {})
  pipeline.dispose()
  await world.close()
  const moved = await callProgram(['cat', TOPICS.stageTransitions, '--data-dir', data])
  const lines = moved.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { value: { userId: string; reason: string } })
  userId = lines.find(({ value }) => value.reason === 'evidence')!.value.userId
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const call = (...args: string[]) => callProgram([...args, '--data-dir', data])

/** A copy of the data folder that something is done to. */
async function damaged(
  damage: (world: Awaited<ReturnType<typeof openWorldAsFound>>) => Promise<void>,
): Promise<string> {
  const copy = join(folder, 'damaged')
  await rm(copy, { recursive: true, force: true })
  await cp(data, copy, { recursive: true })
  const world = await openWorldAsFound(await loadConfig({ environment: {}, flags: [['dataDir', copy]] }))
  await damage(world)
  await world.close()
  return copy
}

describe('verify', () => {
  test('says of each partition what was compared, exits with 0, and takes no part in the configuration', async () => {
    const { code, stdout, stderr } = await call('verify')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      /^partition 0: \d+ users and \d+ pending impressions of \d+ records, replayed, equal changelog, the store, user-states\npartition 1: .*\n$/,
    )
  })

  test('verifies one partition as JSON, twice the same', async () => {
    const { stdout, code } = await call('verify', '--partition', '1', '--json')
    const json = JSON.parse(stdout) as Record<string, unknown>
    expect([code, json]).toMatchObject([
      0,
      { equal: true, partitions: [{ partition: 1, differences: 0, first: null }] },
    ])
    expect((await call('verify', '--partition', '1', '--json')).stdout).toBe(stdout)
  })

  test('exits with 1 and names user, field, both values and position of a store that was damaged', async () => {
    const copy = await damaged(async (world) => {
      for (const partition of [0, 1]) {
        const store = await world.stateStore(partition)
        const key = userKey(userId as UserId)
        const value = await store.get(key)
        if (!value) continue
        const state = decodeUserState(value)
        state.stageSince += 1000
        await store.apply({ entries: [{ key, value: encodeUserState(state) }], position: (await store.position())! })
      }
    })
    const { code, stdout, stderr } = await callProgram(['verify', '--data-dir', copy])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      new RegExp(
        `^stan-lifecycle: Cannot verify partition \\d: user ${userId} differs in the store: stageSince is \\d+, a replay gives \\d+ \\(interactions/\\d@\\d+\\)\n$`,
      ),
    )
    expect(stdout).toContain(': 1 differ from a replay')
  })

  test('exits with 1 for a damaged changelog and for a wrong rule version, each by its name', async () => {
    const changelog = await damaged(async ({ log }) => {
      const key = userKey(userId as UserId)
      for (const partition of [0, 1]) {
        const { records } = await log.read(TOPICS.changelog, partition, 0, 100_000)
        if (!records.some((record) => record.key && Buffer.compare(record.key, key) === 0)) continue
        await log.append([{ topic: TOPICS.changelog, partition, key, value: null, timestamp: 0 }])
      }
    })
    const first = await callProgram(['verify', '--data-dir', changelog])
    expect(first.code).toBe(1)
    expect(first.stderr).toContain(`user ${userId} differs in changelog: state is nothing, a replay gives a state`)
    const version = await damaged(async ({ log, codecs }) => {
      for (const partition of [0, 1]) {
        const { records } = await log.read(TOPICS.userStates, partition, 0, 100_000)
        const last = records.findLast(({ key }) => key!.toString() === userId)
        if (!last) continue
        const value = codecs.userState.encode({
          ...codecs.userState.decodeOwn(last.value!),
          ruleVersion: 'talk-paper-9',
        })
        await log.append([{ topic: TOPICS.userStates, partition, key: last.key, value, timestamp: 0 }])
      }
    })
    const second = await callProgram(['verify', '--data-dir', version])
    expect(second.code).toBe(1)
    expect(second.stderr).toContain(
      `user ${userId} differs in user-states: rule version is talk-paper-9, a replay gives paper-calibrated-1`,
    )
  })
})

describe('the past of a user', () => {
  test('why tells of moves with their events, and state --at of the state after one of them', async () => {
    const text = await call('why', userId)
    expect(text.code).toBe(0)
    expect(text.stderr).toMatch(/^replayed \d+ records from the (snapshot at offset \d+|beginning)\n$/)
    expect(text.stdout).toMatch(new RegExp(`^user ${userId}: \\d+ changes in \\d+ steps\n`))
    const { stdout } = await call('why', userId, '--json')
    const { moves } = JSON.parse(stdout) as { moves: { to: string; reason: string; decided: { timeMs: number } }[] }
    const move = moves.find(({ reason }) => reason === 'evidence')!
    const { timeMs } = move.decided
    for (const at of [String(timeMs), new Date(timeMs).toISOString()]) {
      const state = await call('state', userId, '--at', at, '--json')
      expect(JSON.parse(state.stdout)).toMatchObject({ userId, stage: move.to })
    }
    const range = await call('why', userId, '--from', String(timeMs), '--to', String(timeMs))
    expect(range.stdout).toContain(': 1 changes in ')
    const difference = await call('diff', userId, '--from', String(timeMs - 1), '--to', String(timeMs), '--json')
    const { fields } = JSON.parse(difference.stdout) as { fields: { field: string; to: string }[] }
    expect(fields.find(({ field }) => field === 'stage')).toMatchObject({ to: move.to })
    const shown = await call('diff', userId, '--from', String(timeMs - 1), '--to', String(timeMs))
    expect(shown.stdout).toMatch(/fields differ\nfield +then +later\nstage /)
  })

  test('the state at the end is the one that `state` prints', async () => {
    const [now, then] = [await call('state', userId), await call('state', userId, '--at', '2099-01-01')]
    expect(then.stdout).toBe(now.stdout)
  })

  test.each([
    [['why', 'nobody'], 'Cannot tell why nobody is where they are: no such user has been seen'],
    [
      ['state', 'nobody', '--at', '2026-01-01'],
      'Cannot tell the state of nobody at 2026-01-01T00:00:00.000Z: no such user has been seen',
    ],
    [['verify', '--partition', '2'], 'Cannot verify partition 2: interactions has 2, from 0 on'],
  ])('%j is refused', async (args, sentence) => {
    expect(await call(...args)).toEqual({ code: 2, stdout: '', stderr: `stan-lifecycle: ${sentence}\n` })
  })

  test('a time before the first event is refused', async () => {
    const { code, stderr } = await call('state', userId, '--at', '2001-01-01')
    expect(code).toBe(2)
    expect(stderr).toMatch(/Cannot tell the state of \S+ at 2001-01-01T00:00:00.000Z: their first event is of 20/)
  })
})

describe('what-if', () => {
  test('takes settings and ranker from the folder, writes text, JSON and a page', async () => {
    const [json, html] = [join(folder, 'what.json'), join(folder, 'what.html')]
    const { code, stdout, stderr } = await call(
      'what-if',
      '--rules',
      'talk',
      '--json',
      json,
      '--html',
      html,
      '--config',
      config,
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('stages.rules: paper in this world, talk in the other')
    expect(stdout).toContain('ranker, prequential: stan-gated as published')
    const result = JSON.parse(await readFile(json, 'utf8')) as { users: number; ranker: unknown }
    expect(result.users).toBeGreaterThan(30)
    expect(await readFile(html, 'utf8')).toContain('<h2>Ranker, prequential</h2>')
    const [tasks, ranker] = [await call('what-if', '--rules', 'talk', '--no-ranker'), stdout]
    expect(tasks.stdout).not.toContain('ranker, prequential')
    // The same worlds, with and without the configuration's file.
    expect(tasks.stdout.split('\n').slice(0, 12)).toEqual(ranker.split('\n').slice(0, 12))
    expect((await call('verify')).code).toBe(0)
  })

  test('runs on a data set in memory and leaves no folder', async () => {
    const files = join(folder, 'kuairand')
    await mkdir(files)
    const rows = Array.from({ length: 600 }, (_, row) => {
      const time = 1_650_812_741_436 + row * 60_000
      const user = changeIn(GOOD_ROW, 'user_id', String(row % 40))
      return changeIn(changeIn(user, 'time_ms', String(time)), 'is_click', row % 3 === 0 ? '1' : '0')
    })
    await writeKuairand(files, { [LOG_NAME]: [LOG_HEADER, ...rows].join('\n') })
    const settings = ['--set', 'ranker.batchSize=64', '--set', 'ranker.bundleEvery=128', '--backend', 'wasm']
    const unused = ['--data-dir', join(folder, 'unused')]
    const said = await callProgram([
      'what-if',
      '--rules',
      'talk',
      '--data',
      `kuairand:${files}`,
      ...unused,
      ...settings,
    ])
    expect([said.code, said.stderr]).toEqual([0, ''])
    expect(said.stdout).toContain('600 records, 40 users')
    await expect(stat(join(folder, 'unused'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

/** A row of KuaiRand's log with another value in one column. */
function changeIn(row: string, column: string, value: string): string {
  const cells = row.split(',')
  cells[LOG_HEADER.split(',').indexOf(column)] = value
  return cells.join(',')
}
