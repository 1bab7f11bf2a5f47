import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configSchema } from '../../../src/app/config/config-schema.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { openWorld } from '../../../src/app/wire.ts'
import type { OutputRecord } from '../../../src/io/log/log.ts'
import { callProgram } from '../../support/call-program.ts'
import { codecs, FRAMED, letterRecord } from '../../support/dead-letters.ts'
import { jsonLines, runCli } from '../../support/run-cli.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const NO_TYPE = codecs.interaction.encode({ ...SAMPLE_RECORDS.interaction, type: 'teleport' as 'click' })

const LETTERS: readonly OutputRecord[] = [
  letterRecord({ headers: { traceparent: Buffer.from('00-1'), binary: Buffer.from([0xff, 1]) } }),
  letterRecord({
    attempt: 2,
    timestamp: Date.parse('2026-03-01T12:00Z'),
    letter: { cause: 'unknown-event-type', field: 'type', reason: 'type is "teleport"\u001b[2J', bytes: NO_TYPE },
  }),
  letterRecord({ attempt: 3, partition: 1 }),
  letterRecord({
    key: null,
    timestamp: 0,
    letter: { cause: 'wrong-type', field: 'userId', origin: 'a.jsonl:3', bytes: Buffer.from('{"userId": 5}') },
  }),
]

/** A data folder with these letters: 0@0, 0@1 and 0@2, which came from a file, and 1@0. */
async function dataFolder(): Promise<string> {
  const dataDir = await temporaryFolder()
  const world = await openWorld(configSchema.parse({ dataDir, partitions: 2 }), 'test')
  await world.log.append(LETTERS)
  await world.close()
  return dataDir
}

async function interactionsOf(dataDir: string) {
  const { stdout } = await callProgram(['cat', TOPICS.interactions, '--data-dir', dataDir])
  return jsonLines(stdout)
}

describe('dlq list', () => {
  const list = async (...args: string[]) => callProgram(['dlq', 'list', '--data-dir', await dataFolder(), ...args])

  test('prints a table', async () => {
    const { code, stdout, stderr } = await list()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.split('\n').map((line) => line.split(/ {3,}/))).toEqual([
      ['position', 'time', 'attempt', 'replayed', 'cause', 'field', 'origin', 'reason'],
      ...[
        ['0@0', '2022-04-24T15:05:41.436Z', '1', '–', 'unknown-impression', 'impressionId', 'interactions/0@7'],
        ['0@1', '2026-03-01T12:00:00.000Z', '2', '–', 'unknown-event-type', 'type', 'interactions/0@7'],
        ['0@2', '–', '1', '–', 'wrong-type', 'userId', 'a.jsonl:3'],
        ['1@0', '2022-04-24T15:05:41.436Z', '3', '–', 'unknown-impression', 'impressionId', 'interactions/1@7'],
      ].map((cells, i) => [...cells, i === 1 ? 'type is "teleport"\\u{1b}[2J' : 'the impression never came']),
      [''],
    ])
  })

  test('prints JSON lines', async () => {
    const { stdout } = await list('--json', '--partition', '1')
    expect(jsonLines(stdout)).toEqual([
      {
        partition: 1,
        offset: 0,
        time: '2022-04-24T15:05:41.436Z',
        attempt: 3,
        replayed: null,
        cause: 'unknown-impression',
        field: 'impressionId',
        origin: 'interactions/1@7',
        reason: 'the impression never came',
      },
    ])
  })

  test.each<[args: string[], positions: string[]]>([
    [
      ['--cause', 'unknown-impression'],
      ['0@0', '1@0'],
    ],
    [
      ['--from', '2022-04-24', '--to', '2022-04-24'],
      ['0@0', '1@0'],
    ],
    [['--from', '2026-03-01T12:00Z'], ['0@1']],
    [
      ['--limit', '2'],
      ['0@0', '0@1'],
    ],
    [['--limit', '0'], []],
  ])('with %j prints %j', async (args, positions) => {
    const { stdout } = await list('--json', ...args)
    expect(jsonLines(stdout).map(({ partition, offset }) => `${String(partition)}@${String(offset)}`)).toEqual(
      positions,
    )
  })

  test('says when there are more, and when there are none', async () => {
    const short = await list('--limit', '1')
    expect(short.stdout.split('\n').slice(2)).toEqual(['There are more than 1; --limit shows them', ''])
    expect((await list('--cause', 'too-long')).stdout).toBe('No dead letters\n')
  })
})

describe('dlq show', () => {
  let dataDir: string
  const show = (position: string) => callProgram(['dlq', 'show', position, '--data-dir', dataDir])

  test('prints a letter with its key, its headers, its bytes and what they say', async () => {
    dataDir = await dataFolder()
    const { code, stdout, stderr } = await show('0@0')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.split('\n')
    expect(lines.slice(0, 9).map((line) => line.split(/ {3,}/))).toEqual([
      ['letter', '0@0'],
      ['cause', 'unknown-impression'],
      ['field', 'impressionId'],
      ['reason', 'the impression never came'],
      ['origin', 'interactions/0@7'],
      ['time', '2022-04-24T15:05:41.436Z'],
      ['attempt', '1'],
      ['replayed', '–'],
      ['key', 'ann'],
    ])
    const headers = Object.fromEntries(
      lines.slice(lines.indexOf('headers') + 1, lines.indexOf(`value, ${FRAMED.length} bytes`) - 1).map((line) => {
        return line.trim().split(/ {3,}/)
      }),
    ) as Record<string, string>
    expect(Object.keys(headers)).toEqual(Object.keys(LETTERS[0].headers!))
    expect(headers).toMatchObject({
      traceparent: '00-1',
      binary: '0xff01',
      'kafka_dlt-original-partition': '0',
      'kafka_dlt-original-offset': '7',
      'kafka_dlt-original-timestamp': '1650812741436 (2022-04-24T15:05:41.436Z)',
      '__connect.errors.topic': 'interactions',
    })
    expect(stdout).toContain('  00000000  00 00 00 00 01 42 6c 6f  67 5f 73 74 61 6e 64 61  |.....Blog_standa|\n')
    const decoded: unknown = JSON.parse(stdout.slice(stdout.indexOf('\ndecoded\n') + 9))
    expect(decoded).toEqual(SAMPLE_RECORDS.interaction)
  })

  test('says why bytes do not decode', async () => {
    dataDir = await dataFolder()
    expect((await show('0@1')).stdout).toMatch(/\nnot decoded: type is "teleport", not one of impression, /)
    const { stdout } = await show('0@2')
    expect(stdout).toContain('|{"userId": 5}|\n\nnot decoded: the bytes do not begin with 0 and a schema id\n')
    expect(stdout).toContain('key        –\n')
  })
})

describe('dlq replay', () => {
  test('puts letters back, once, and list and show say so', async () => {
    const dataDir = await dataFolder()
    const replay = (...args: string[]) => callProgram(['dlq', 'replay', ...args, '--data-dir', dataDir])
    const dry = await replay('--all', '--dry-run')
    const refused = [
      '0@2 refused: it came from a file, a.jsonl:3, and is no framed interaction: ' +
        'the bytes do not begin with 0 and a schema id',
      '1@0 refused: it has failed 3 times, and --max-attempts is 3',
    ]
    expect(dry.stdout.split('\n')).toEqual([
      '0@0 to interactions/0, attempt 2',
      '0@1 to interactions/0, attempt 3',
      ...refused,
      'Would replay 2 letters, refused 2',
      '',
    ])
    expect(await interactionsOf(dataDir)).toEqual([])

    const done = await replay('--cause', 'unknown-impression', '--max-attempts', '4')
    expect(done).toEqual({
      code: 0,
      stderr: '',
      stdout:
        '0@0 to interactions/0@0, attempt 2\n' +
        '1@0 to interactions/1@0, attempt 4\n' +
        'Replayed 2 letters, refused 0\n',
    })
    expect((await replay('--cause', 'unknown-impression', '--max-attempts', '4')).stdout).toBe(
      'Replayed 0 letters, refused 0\n',
    )
    expect(await replay('0@0')).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^stan-lifecycle: Cannot replay 0@0: it was replayed at 20\d\d-.*Z\n$/),
    })
    const records = await interactionsOf(dataDir)
    expect(records).toMatchObject([
      { partition: 0, offset: 0, key: 'ann', headers: { traceparent: '00-1' }, value: SAMPLE_RECORDS.interaction },
      { partition: 1, offset: 0, key: 'ann', value: SAMPLE_RECORDS.interaction },
    ])
    const listed = await callProgram(['dlq', 'list', '--json', '--data-dir', dataDir])
    expect(jsonLines(listed.stdout).map(({ replayed }) => typeof replayed)).toEqual([
      'string',
      'object',
      'object',
      'string',
    ])
    expect((await callProgram(['dlq', 'show', '0@0', '--data-dir', dataDir])).stdout).toMatch(/\nreplayed {3}20\d\d-/)
  })

  test('takes positions and a limit', async () => {
    const dataDir = await dataFolder()
    const { stdout } = await callProgram(['dlq', 'replay', '0@1', '0@0', '--limit', '1', '--data-dir', dataDir])
    expect(stdout).toBe('0@1 to interactions/0@0, attempt 3\nReplayed 1 letter, refused 0\n')
  })
})

describe('a call of dlq that cannot be carried out', () => {
  test.each<[args: string[], sentence: string]>([
    [['dlq'], 'Cannot use dlq: name one of list, show, replay; see --help'],
    [['dlq', 'lst'], 'Cannot use dlq lst: there is no such command; the nearest is list'],
    [['dlq', 'show'], "missing required argument 'position'; --help lists what there is"],
    [['dlq', 'show', '5'], 'Cannot use the position 5: write partition@offset, such as 0@17'],
    [['dlq', 'replay'], 'Cannot replay: name positions, or --cause, or --all, and one of them only'],
    [['dlq', 'replay', '0@1', '--all'], 'Cannot replay: name positions, or --cause, or --all, and one of them only'],
    [
      ['dlq', 'replay', '--all', '--max-attempts', '0'],
      'Cannot use --max-attempts 0: it takes a whole number from 1 on',
    ],
    [
      ['dlq', 'list', '--from', 'noon'],
      'Cannot use --from noon: write a day or a time, such as 2026-01-31 or 2026-01-31T08:00Z',
    ],
    [['dlq', 'list', '--partition', 'x'], 'Cannot use --partition x: it takes a whole number from 0 on'],
  ])('%j', async (args, sentence) => {
    expect(await callProgram(args)).toEqual({ code: 2, stdout: '', stderr: `stan-lifecycle: ${sentence}\n` })
  })

  test('names the causes there are', async () => {
    const { code, stderr } = await callProgram(['dlq', 'list', '--cause', 'bad'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/Allowed choices are unreadable-record, missing-field, .*, unknown-impression; --help/)
  })

  test('makes no data folder', async () => {
    const dataDir = join(await temporaryFolder(), 'none')
    expect(await callProgram(['dlq', 'list', '--data-dir', dataDir])).toMatchObject({ code: 2, stdout: '' })
    expect(existsSync(dataDir)).toBe(false)
  })
})

test.each([['list'], ['show'], ['replay']])('help of dlq %s goes to standard output with code 0', async (name) => {
  const { code, stdout, stderr } = await callProgram(['dlq', name, '--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`Usage: stan-lifecycle dlq ${name} [options]`)
})

test('dlq as a process replays and lists', async () => {
  const dataDir = await dataFolder()
  const replayed = await runCli(['dlq', 'replay', '0@0', '--data-dir', dataDir])
  expect(replayed).toEqual({
    code: 0,
    stdout: '0@0 to interactions/0@0, attempt 2\nReplayed 1 letter, refused 0\n',
    stderr: '',
  })
  const listed = await runCli(['dlq', 'list', '--partition', '0', '--data-dir', dataDir])
  expect(listed.stdout.split('\n').slice(1, 3)).toEqual([
    expect.stringMatching(/^0@0 .* 1 {9}20\d\d-\S+Z {3}unknown-impression /),
    expect.stringMatching(/^0@1 .* 2 {9}– +unknown-event-type /),
  ])
})
