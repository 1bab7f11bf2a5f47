import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readKuairand } from '../../../src/io/datasets/kuairand-reader.ts'
import { collectBatches } from '../../support/collect-batches.ts'
import { changeRow, GOOD_ROW, LOG_HEADER, LOG_NAME, writeKuairand } from '../../support/kuairand-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const log = (...rows: string[]) => [LOG_HEADER, ...rows, ''].join('\n')

describe('kuairand reader', () => {
  it('makes a wide interaction of a row, with the features of its user and video', async () => {
    const folder = await temporaryFolder()
    await writeKuairand(folder, { [LOG_NAME]: log(GOOD_ROW) })
    const { interactions, letters, failure } = await collectBatches(readKuairand(folder))
    expect(failure).toBeNull()
    expect(letters).toEqual([])
    expect(interactions).toEqual([
      {
        eventId: `${LOG_NAME}:1`,
        userId: '712',
        itemId: '5239',
        type: 'impression',
        eventTime: 1_650_812_741_436,
        outcomes: { click: 1, follow: 1, stay: 61_802 },
        context: { tab: '1', hour: '22' },
        userFeatures: {
          is_video_author: '1',
          fans_user_num_range: '[100,1k)',
          register_days: '799',
          onehot_feat4: '1.0',
        },
        itemFeatures: {
          author: '7349781',
          video_type: 'NORMAL',
          upload_type: 'LongImport',
          music_type: '9.0',
          tag: '20',
          duration: '6',
        },
      },
    ])
  })

  it('leaves unknown features out, and has none for a user or video that the tables lack', async () => {
    const folder = await temporaryFolder()
    const rows = [GOOD_ROW.replace('712,5239', '713,6831'), GOOD_ROW.replace('712,5239', '9,9')]
    await writeKuairand(folder, { [LOG_NAME]: log(...rows) })
    const { interactions } = await collectBatches(readKuairand(folder))
    expect(interactions[0].userFeatures).toEqual({
      is_video_author: '0',
      fans_user_num_range: '0',
      register_days: '30',
    })
    expect(interactions[0].itemFeatures).toEqual({ author: '2103883', video_type: 'AD', upload_type: 'Kmovie' })
    expect(interactions[1]).toMatchObject({ userFeatures: undefined, itemFeatures: undefined })
  })

  it('keeps equal rows apart by their row number, and every flag as its outcome', async () => {
    const folder = await temporaryFolder()
    const flags = ['is_click', 'is_profile_enter', 'is_like', 'is_follow', 'is_comment', 'is_forward']
    const none = flags.reduce((row, name) => setField(row, name, '0'), setField(GOOD_ROW, 'play_time_ms', '0'))
    const all = flags.reduce((row, name) => setField(row, name, '1'), GOOD_ROW)
    await writeKuairand(folder, { [LOG_NAME]: log(none, none, all) })
    const { interactions } = await collectBatches(readKuairand(folder))
    expect(interactions.map(({ eventId }) => eventId)).toEqual([1, 2, 3].map((row) => `${LOG_NAME}:${row}`))
    expect(interactions.map(({ outcomes }) => outcomes)).toEqual([
      { stay: 0 },
      { stay: 0 },
      { click: 1, profile_enter: 1, like: 1, follow: 1, comment: 1, share: 1, stay: 61_802 },
    ])
  })

  it.each([
    ['user_id', 'abc', 'wrong-type'],
    ['user_id', '', 'missing-field'],
    ['video_id', '-5', 'wrong-type'],
    ['time_ms', 'noon', 'wrong-type'],
    ['time_ms', '', 'missing-field'],
    ['time_ms', 'NaN', 'wrong-type'],
    ['time_ms', '1650812741', 'out-of-range'],
    ['time_ms', '1200000000000000', 'out-of-range'],
    ['time_ms', '1650812741436.5', 'out-of-range'],
    ['time_ms', '-1', 'out-of-range'],
    ['play_time_ms', '-3', 'out-of-range'],
    ['play_time_ms', 'Infinity', 'wrong-type'],
    ['play_time_ms', 'NaN', 'wrong-type'],
    ['is_click', '2', 'out-of-range'],
    ['is_click', 'yes', 'wrong-type'],
    ['is_forward', '', 'missing-field'],
    ['hourmin', '2500', 'out-of-range'],
    ['hourmin', '-1', 'wrong-type'],
    ['tab', 'home', 'wrong-type'],
    ['date', '2022-04-25', 'wrong-type'],
  ])('makes a dead letter of a row whose %s is %j and goes on', async (column, value, cause) => {
    const folder = await temporaryFolder()
    const bad = changeRow(column, value)
    await writeKuairand(folder, { [LOG_NAME]: log(GOOD_ROW, bad, GOOD_ROW) })
    const { interactions, letters } = await collectBatches(readKuairand(folder))
    expect(interactions.map(({ eventId }) => eventId)).toEqual([`${LOG_NAME}:1`, `${LOG_NAME}:3`])
    expect(letters).toMatchObject([{ cause, field: column, origin: `${LOG_NAME}.csv:3`, byteLength: bad.length }])
    expect(Buffer.from(letters[0].bytes).toString()).toBe(bad)
  })

  it('makes dead letters of rows that are no row', async () => {
    const folder = await temporaryFolder()
    const rows = ['1,2,3', `${GOOD_ROW},4`, `"${GOOD_ROW}`, 'x'.repeat(2_000_000), GOOD_ROW]
    await writeKuairand(folder, { [LOG_NAME]: log(...rows) })
    const { interactions, letters } = await collectBatches(readKuairand(folder))
    expect(interactions).toHaveLength(1)
    expect(letters.map(({ cause, origin }) => [cause, origin])).toEqual([
      ['unreadable-record', `${LOG_NAME}.csv:2`],
      ['unreadable-record', `${LOG_NAME}.csv:3`],
      ['unreadable-record', `${LOG_NAME}.csv:4`],
      ['too-long', `${LOG_NAME}.csv:5`],
    ])
  })

  it('finds columns by name, in any order, quoted or not, with CRLF and a byte order mark', async () => {
    const folder = await temporaryFolder()
    const quoted = reversed(GOOD_ROW).replace('20220425', '"20220425"')
    await writeKuairand(folder, { [LOG_NAME]: `\ufeff${reversed(LOG_HEADER)}\r\n${quoted}\r\n` })
    const { interactions, letters } = await collectBatches(readKuairand(folder))
    expect(letters).toEqual([])
    expect(interactions).toMatchObject([{ userId: '712', outcomes: { click: 1, follow: 1, stay: 61_802 } }])
  })

  it('reads several logs in the order of their times, not of their names, with progress over all', async () => {
    const folder = await temporaryFolder()
    await writeKuairand(folder, {
      log_standard_10_01_pure: log(changeRow('time_ms', '1664600000000')),
      log_standard_4_08_pure: log(changeRow('time_ms', '1649400000000'), 'bad'),
      log_standard_9_01_pure: log(changeRow('time_ms', '1662000000000')),
    })
    const { interactions, letters, progress } = await collectBatches(readKuairand(folder))
    expect(interactions.map(({ eventId }) => eventId)).toEqual([
      'log_standard_4_08_pure:1',
      'log_standard_9_01_pure:1',
      'log_standard_10_01_pure:1',
    ])
    expect(letters).toHaveLength(1)
    const last = progress.at(-1)!
    expect(last.bytesRead).toBe(last.totalBytes)
    const steps = progress.map(({ bytesRead }) => bytesRead)
    expect(steps).toEqual([...steps].sort((left, right) => left - right))
  })

  it('reads packed files, prefers an unpacked twin, and looks into the data folder of the archive', async () => {
    const folder = await temporaryFolder()
    await writeKuairand(folder, { [LOG_NAME]: log(GOOD_ROW) })
    await writeFile(join(folder, `${LOG_NAME}.csv.gz`), gzipSync(log(GOOD_ROW, GOOD_ROW)))
    const twin = await collectBatches(readKuairand(folder))
    await rm(join(folder, `${LOG_NAME}.csv`))
    const packed = await collectBatches(readKuairand(folder))
    expect([twin.interactions.length, packed.interactions.length]).toEqual([1, 2])
    expect(packed.interactions[0].eventId).toBe(twin.interactions[0].eventId)
    await mkdir(join(folder, 'archive'))
    await mkdir(join(folder, 'archive', 'data'))
    for (const name of [`${LOG_NAME}.csv.gz`, 'user_features_pure.csv', 'video_features_basic_pure.csv']) {
      await rename(join(folder, name), join(folder, 'archive', 'data', name))
    }
    expect((await collectBatches(readKuairand(join(folder, 'archive')))).interactions).toHaveLength(2)
  })

  it('keeps the days from and to, both included, and the row numbers', async () => {
    const folder = await temporaryFolder()
    const days = ['20220424', '20220425', '20220426', '20220427']
    await writeKuairand(folder, { [LOG_NAME]: log(...days.map((day) => changeRow('date', day))) })
    const read = async (from?: string, to?: string) =>
      (await collectBatches(readKuairand(folder, { from, to }))).interactions.map(({ eventId }) => eventId.at(-1))
    expect(await read('2022-04-25', '2022-04-26')).toEqual(['2', '3'])
    expect(await read('2022-04-26')).toEqual(['3', '4'])
    expect(await read(undefined, '2022-04-24')).toEqual(['1'])
    expect(await read('2022-05-01')).toEqual([])
  })

  it.each([
    [{ from: '2022-02-30' }, 'there is no such day'],
    [{ to: '2022-13-01' }, 'there is no such day'],
    [{ from: '20220425' }, 'not of the form yyyy-mm-dd'],
    [{ from: 'yesterday' }, 'not of the form yyyy-mm-dd'],
    [{ from: '2022-04-26', to: '2022-04-25' }, 'ends before it begins'],
  ])('refuses the dates %o at once', (options, state) => {
    expect(() => readKuairand('anywhere', options)).toThrow(RangeError)
    expect(() => readKuairand('anywhere', options)).toThrow(state)
  })

  it.each(['time_ms', 'is_profile_enter', 'user_id'])('names a log column %s that is missing', async (column) => {
    const folder = await temporaryFolder()
    const header = LOG_HEADER.split(',')
      .map((name) => (name === column ? 'other' : name))
      .join(',')
    await writeKuairand(folder, { [LOG_NAME]: `${header}\n${GOOD_ROW}\n` })
    expect((await collectBatches(readKuairand(folder))).failure).toMatchObject({
      code: 'unreadable-file',
      message: expect.stringMatching(new RegExp(`${LOG_NAME}.csv: its header has no column ${column}$`)),
    })
  })

  it('names a column that the video file lacks, and the line of a table that is no CSV', async () => {
    const folder = await temporaryFolder()
    await writeKuairand(folder, { [LOG_NAME]: log(GOOD_ROW) })
    await writeFile(join(folder, 'video_features_basic_pure.csv'), 'video_id,author_id\n1,2\n')
    const lacking = await collectBatches(readKuairand(folder))
    expect(lacking.failure).toMatchObject({ message: expect.stringContaining('has no column video_type') })
    await writeFile(join(folder, 'user_features_pure.csv'), 'user_id,a\n1,2\n1,2,3\n')
    const broken = await collectBatches(readKuairand(folder))
    expect(broken.failure).toMatchObject({ code: 'unreadable-file', message: expect.stringContaining('line 3') })
  })

  it('says where to get the data when the folder, a file, or the content of a file is missing', async () => {
    const folder = await temporaryFolder()
    const zenodo = { code: 'unreadable-file', message: expect.stringContaining('zenodo.org/records/10439422') }
    expect(await failureOf(join(folder, 'nowhere'))).toMatchObject(zenodo)
    expect(await failureOf(folder)).toMatchObject(zenodo)
    await writeKuairand(folder, {})
    expect(await failureOf(folder)).toMatchObject(zenodo)
    await writeFile(join(folder, `${LOG_NAME}.csv.gz`), '')
    expect(await failureOf(folder)).toMatchObject({
      message: expect.stringContaining(`${LOG_NAME}.csv.gz: the file is empty`),
    })
    await writeFile(join(folder, `${LOG_NAME}.csv.gz`), gzipSync(''))
    expect(await failureOf(folder)).toMatchObject({ message: expect.stringContaining('has no header') })
    await rm(join(folder, `${LOG_NAME}.csv.gz`))
    await writeFile(join(folder, `${LOG_NAME}.csv`), log(GOOD_ROW))
    await rm(join(folder, 'user_features_pure.csv'))
    expect(await failureOf(folder)).toMatchObject(zenodo)
    expect(await failureOf(join(folder, `${LOG_NAME}.csv`))).toMatchObject({ code: 'unreadable-file' })
  })

  it('delivers the rows before a gzip breaks off, then names the file and the line reached', async () => {
    const folder = await temporaryFolder()
    await writeKuairand(folder, {})
    const rows = Array.from({ length: 20_000 }, (_, n) => changeRow('time_ms', `${1_650_812_741_436 + n * 7_919}`))
    const packed = gzipSync(log(...rows))
    await writeFile(join(folder, `${LOG_NAME}.csv.gz`), packed.subarray(0, packed.length >> 1))
    const { interactions, failure } = await collectBatches(readKuairand(folder))
    expect(interactions.length).toBeGreaterThan(5_000)
    expect(failure).toMatchObject({
      code: 'unreadable-file',
      message: expect.stringContaining(
        `${LOG_NAME}.csv.gz after line ${interactions.length + 1}: the gzip data breaks off`,
      ),
    })
  })
})

function reversed(row: string): string {
  return row.split(',').reverse().join(',')
}

async function failureOf(folder: string): Promise<unknown> {
  return (await collectBatches(readKuairand(folder))).failure
}

function setField(row: string, column: string, value: string): string {
  const fields = row.split(',')
  fields[LOG_HEADER.split(',').indexOf(column)] = value
  return fields.join(',')
}
