import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { IngestReport } from '../../../src/app/report/ingest-report.ts'
import { changeRow, GOOD_ROW, LOG_HEADER, LOG_NAME, writeKuairand } from '../../support/kuairand-files.ts'
import { kuairandFolder } from '../../support/kuairand-folder.ts'
import { type CliResult, finishCli, jsonLines, runCli, startCli } from '../../support/run-cli.ts'

const folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-test-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const inFolder = (name: string): string => join(folder, name)
/** The plain backend starts fastest, and there it is everywhere. */
const INGEST = ['--backend', 'plain', '--set', 'ranker.batchSize=64']

const GOOD = {
  eventId: 'e',
  userId: 'u1',
  itemId: 'i1',
  type: 'impression',
  eventTime: 1_650_812_741_436,
  outcomes: { click: 1, stay: 1200 },
}
let eventNumber = 0
const record = (change: Record<string, unknown> = {}): string =>
  JSON.stringify({ ...GOOD, eventId: `e${eventNumber++}`, ...change })

/** Bad lines, with what their dead letters say. */
const BAD: readonly (readonly [line: string | Buffer, cause: string, field: string, reason: string | RegExp])[] = [
  [record({ userId: 5 }), 'wrong-type', 'userId', 'userId is 5, not text'],
  [record({ itemId: null }), 'missing-field', 'itemId', 'itemId is missing'],
  [record({ outcomes: { stay: -5 } }), 'out-of-range', 'outcomes.stay', /^outcomes\.stay is -5, not a finite number/],
  [record({ outcomes: { stay: '1' } }), 'wrong-type', 'outcomes.stay', /^outcomes\.stay is "1"/],
  [record().replace('1200', 'NaN'), 'unreadable-record', '', 'the line is not JSON'],
  [record().replace('1200', '1e999'), 'out-of-range', 'outcomes.stay', /^outcomes\.stay is Infinity/],
  [record({ eventTime: 1_200_000_000_000_000 }), 'out-of-range', 'eventTime', /from 1990 to 2100$/],
  [record({ eventTime: 1_650_812_741 }), 'out-of-range', 'eventTime', /from 1990 to 2100$/],
  [record({ type: 'teleport' }), 'unknown-event-type', 'type', /^type is "teleport"/],
  [record({ userId: 'x'.repeat(1000) }), 'too-long', 'userId', /1000/],
  [record({ userId: 'x'.repeat(10_000_000) }), 'too-long', '', /bytes, more than 1048576$/],
  [Buffer.from('{"eventId":"\xff\xfe"}', 'latin1'), 'invalid-utf8', '', 'the line is not UTF-8'],
  ['[1,2]', 'unreadable-record', '', /not an object/],
  [record({ type: 'click' }), 'missing-field', 'impressionId', /must name its impression/],
]
const LINES = [record(), ...BAD.map(([line]) => line), record({ userId: 'u2' }), '', record({ userId: 'u3' })]
const BYTES = Buffer.concat(LINES.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]))

describe('records, good and bad, from a gzip file', () => {
  const dataDir = inFolder('bad-records')
  const ingest = () =>
    runCli(['ingest', 'jsonl', inFolder('records.jsonl.gz'), '--data-dir', dataDir, ...INGEST, '--json'])
  let first: CliResult
  let report: IngestReport

  beforeAll(async () => {
    await writeFile(inFolder('records.jsonl.gz'), gzipSync(BYTES))
    first = await ingest()
    report = JSON.parse(first.stdout) as IngestReport
  })

  test('give a report that counts them', () => {
    expect(first).toMatchObject({ code: 0, stderr: 'backend: plain JavaScript\n' })
    expect(report).toMatchObject({
      events: BAD.length + 3,
      duplicates: 0,
      deadLetters: BAD.length,
      examples: 3,
      users: 3,
      usersByStage: { new: 3, wander: 0, stick: 0, loyal: 0 },
      mode: 'stan-gated',
      backend: 'plain',
    })
  })

  test('leave one dead letter for each bad one, with its line, field, reason and text', async () => {
    const { code, stdout } = await runCli(['cat', 'dead-letters', '--data-dir', dataDir])
    expect(code).toBe(0)
    const letters = jsonLines(stdout)
    expect(letters.map(({ cause, field, origin }) => ({ cause, field, origin }))).toEqual(
      BAD.map(([, cause, field], i) => ({ cause, field, origin: `records.jsonl.gz:${i + 2}` })),
    )
    for (const [i, [line, , , reason]] of BAD.entries()) {
      const { reason: told, value, byteLength } = letters[i]
      expect(told).toMatch(reason)
      expect(byteLength).toBe(Buffer.byteLength(line))
      const kept = Buffer.from(line).subarray(0, 64 * 1024)
      expect(value).toEqual(typeof line === 'string' ? kept.toString() : { base64: kept.toString('base64') })
    }
  })

  test('cat prints a part of a topic', async () => {
    const part = await runCli(['cat', 'dead-letters', '--from', '2', '--limit', '3', '--data-dir', dataDir])
    expect(jsonLines(part.stdout).map(({ offset }) => offset)).toEqual([2, 3, 4])
    const none = await runCli(['cat', 'dead-letters', '--limit', '0', '--data-dir', dataDir])
    expect(none).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('state prints a user as text and as JSON, and refuses one nobody has seen', async () => {
    const asText = await runCli(['state', 'u2', '--data-dir', dataDir])
    const asJson = await runCli(['state', 'u2', '--json', '--data-dir', dataDir])
    const unknown = await runCli(['state', 'u9', '--data-dir', dataDir])
    expect(asText.stdout).toContain('user        u2\nstage       new since 2022-04-24T15:05:41.436Z\n')
    expect(JSON.parse(asJson.stdout)).toMatchObject({ userId: 'u2', stage: 'new', eventTime: GOOD.eventTime })
    expect(unknown).toEqual({
      code: 2,
      stdout: '',
      stderr: 'stan-lifecycle: Cannot print the state of u9: no such user has been seen\n',
    })
  })

  test('a second run adds nothing', async () => {
    const { code, stdout, stderr } = await ingest()
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'backend: plain JavaScript\n' })
    const second = JSON.parse(stdout) as IngestReport
    expect(second).toMatchObject({ events: report.events, duplicates: report.events, deadLetters: BAD.length })
    expect(second.usersByStage).toEqual(report.usersByStage)
    expect(second.tasks).toEqual(report.tasks)
  })

  test('other settings are refused by name', async () => {
    const { code, stderr } = await runCli(['ingest', 'jsonl', '-', '--data-dir', dataDir, ...INGEST, '--mode', 'stan'])
    expect(code).toBe(2)
    expect(stderr).toContain(
      `stan-lifecycle: Cannot open the data folder ${dataDir}: it was made with ranker.mode = "stan-gated" and the settings now say "stan"`,
    )
  })

  test('a folder of a newer format is refused by name', async () => {
    const newer = inFolder('newer')
    await mkdir(newer)
    await writeFile(join(newer, 'stan-lifecycle.json'), JSON.stringify({ format: 2, createdBy: '9.0.0', settings: {} }))
    const { code, stderr } = await runCli(['cat', 'dead-letters', '--data-dir', newer])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `stan-lifecycle: Cannot read ${newer}/stan-lifecycle.json: its format is 2 and this program reads up to 1\n`,
    })
  })
})

test('the report file has exactly the keys that programs rely on', async () => {
  const file = inFolder('report.json')
  const { code, stdout } = await runCli(
    ['ingest', 'jsonl', '-', '--data-dir', inFolder('stdin'), '--report', file, ...INGEST],
    { input: BYTES },
  )
  expect(code).toBe(0)
  expect(stdout).toContain(`${BAD.length + 3} rows read, 0 of them already known`)
  const report = JSON.parse(await readFile(file, 'utf8')) as Record<string, Record<string, unknown>>
  expect(Object.keys(report).sort()).toEqual(
    [
      'events',
      'duplicates',
      'deadLetters',
      'examples',
      'users',
      'eventsPerSecond',
      'usersByStage',
      'transitions',
      'tasks',
      'mode',
      'backend',
      'wallSeconds',
      'peakRssBytes',
    ].sort(),
  )
  expect(Object.keys(report.usersByStage)).toEqual(['new', 'wander', 'stick', 'loyal'])
  expect(Object.keys(report.tasks)).toEqual(['ctr', 'stay', 'cvr'])
  for (const task of Object.values(report.tasks)) {
    expect(Object.keys(task as object)).toEqual(['auc', 'logLoss', 'ece', 'pcoc', 'positives', 'examples'])
  }
})

describe('a file that cannot be read is refused with code 2 and leaves no data folder', () => {
  test.each([
    ['missing', null, 'there is no such file'],
    ['of 0 bytes that says it is gzip', Buffer.alloc(0), 'it has 0 bytes, which is no gzip data'],
    ['cut off in its gzip header', gzipSync(BYTES).subarray(0, 12), 'the gzip data breaks off'],
  ])('%s', async (name, bytes, reason) => {
    const file = inFolder(`${name.replaceAll(' ', '-')}.gz`)
    if (bytes) await writeFile(file, bytes)
    const { code, stdout, stderr } = await runCli(['ingest', 'jsonl', file, '--data-dir', inFolder('none'), ...INGEST])
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `stan-lifecycle: Cannot read ${file}: ${reason}\n`,
    })
    expect(await readdir(folder)).not.toContain('none')
  })

  test('KuaiRand with another header', async () => {
    const files = inFolder('other-header')
    await mkdir(files)
    await writeKuairand(files, { [LOG_NAME]: `${LOG_HEADER.replace('is_click', 'clicked')}\n${GOOD_ROW}\n` })
    const { code, stderr } = await runCli(['ingest', 'kuairand', files, '--data-dir', inFolder('none'), ...INGEST])
    expect(code).toBe(2)
    expect(stderr).toBe(`stan-lifecycle: Cannot read ${files}/${LOG_NAME}.csv: its header has no column is_click\n`)
    expect(await readdir(folder)).not.toContain('none')
  })
})

test('a data folder that cannot be used is told before standard input has anything to read', async () => {
  const file = inFolder('a-file')
  await writeFile(file, '')
  const child = startCli(['ingest', 'jsonl', '-', '--data-dir', file, ...INGEST])
  const { code, stderr } = await finishCli(child)
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `backend: plain JavaScript\nstan-lifecycle: Cannot open the data folder ${file}: it, or a folder above it, is a file\n`,
  })
})

test('a file that breaks off is refused after its whole lines were kept', async () => {
  const file = inFolder('cut.jsonl.gz')
  const dataDir = inFolder('cut')
  const lines = Array.from({ length: 3000 }, (_, i) => record({ userId: `u${i}` })).join('\n')
  const packed = gzipSync(lines)
  await writeFile(file, packed.subarray(0, packed.length - 100))
  const { code, stderr } = await runCli(['ingest', 'jsonl', file, '--data-dir', dataDir, ...INGEST])
  expect(code).toBe(2)
  const [, line] = /after line (\d+): the gzip data breaks off\n$/.exec(stderr) ?? []
  expect(Number(line)).toBeGreaterThan(1000)
  const kept = await runCli(['cat', 'interactions', '--from', `${Number(line) - 1}`, '--data-dir', dataDir])
  expect(jsonLines(kept.stdout).map(({ key }) => key)).toEqual([`u${Number(line) - 1}`])
})

test('bad rows of a KuaiRand log become dead letters with file and line, the others are tracked', async () => {
  const files = inFolder('kuairand')
  const dataDir = inFolder('kuairand-world')
  await mkdir(files)
  const bad = [
    changeRow('user_id', 'abc'),
    changeRow('play_time_ms', '-1'),
    changeRow('play_time_ms', 'NaN'),
    changeRow('time_ms', '1200000000000000'),
    changeRow('is_click', '2'),
    '1,2,3',
  ]
  await writeKuairand(files, { [LOG_NAME]: [LOG_HEADER, GOOD_ROW, ...bad, GOOD_ROW].join('\n') })
  const { code, stdout } = await runCli(['ingest', 'kuairand', files, '--data-dir', dataDir, ...INGEST, '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ events: 8, duplicates: 0, deadLetters: 6, examples: 2, users: 1 })
  const letters = jsonLines((await runCli(['cat', 'dead-letters', '--data-dir', dataDir])).stdout)
  expect(letters.map(({ origin, field, value }) => [origin, field, value])).toEqual(
    ['user_id', 'play_time_ms', 'play_time_ms', 'time_ms', 'is_click', ''].map((field, i) => {
      return [`${LOG_NAME}.csv:${i + 3}`, field, bad[i]]
    }),
  )
})

const realData = kuairandFolder()
test.skipIf(realData === null)(
  'a day of KuaiRand-Pure goes through whole',
  async () => {
    const { code, stdout } = await runCli([
      'ingest',
      'kuairand',
      realData!,
      '--to',
      '2022-04-25',
      '--data-dir',
      inFolder('real'),
      '--json',
    ])
    expect(code).toBe(0)
    const report = JSON.parse(stdout) as IngestReport
    expect(report).toMatchObject({ events: 14_911, duplicates: 0, deadLetters: 0, examples: 14_911 })
    expect(Object.values(report.usersByStage).reduce((sum, count) => sum + count, 0)).toBe(report.users)
    expect(Object.values(report.tasks).map(({ examples }) => examples)).toEqual([7456, 7456, 7456])
    expect(report.tasks.click.auc).toBeGreaterThan(0.58)
  },
  180_000,
)
