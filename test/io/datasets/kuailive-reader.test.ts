import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DatasetBatch } from '../../../src/io/datasets/dataset-batch.ts'
import { readKuailive } from '../../../src/io/datasets/kuailive-reader.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** 2025-05-05T00:00 at UTC+8. */
const DAY = Date.parse('2025-05-05T00:00:00+08:00')

const FILES = {
  click: [
    'user_id,live_id,streamer_id,timestamp,watch_live_time',
    `1,10,100,${DAY + 5000},60000`,
    `2,10,100,${DAY + 1000},2852`,
    `1,10,100,${DAY + 90_000_000},1000`,
    `x,10,100,${DAY},1`,
  ],
  negative: ['user_id,live_id,streamer_id,timestamp', `1,11,101,${DAY + 2000}`],
  gift: [
    'user_id,live_id,streamer_id,timestamp,gift_price',
    `1,10,100,${DAY + 30_000},5`,
    `2,10,100,${DAY + 900_000},5`,
    `3,10,100,${DAY + 1000},5`,
  ],
  like: ['user_id,live_id,streamer_id,timestamp', `2,10,100,${DAY + 1500}`],
  user: ['user_id,age,gender,onehot_feat0,accu_watch_live_cnt', '1,24-30,F,3,500'],
  streamer: ['streamer_id,gender,live_operation_tag', '100,M,Relationship'],
}

async function folderOf(names: readonly (keyof typeof FILES)[]): Promise<string> {
  const folder = await temporaryFolder()
  for (const name of names) await writeFile(join(folder, `${name}.csv`), FILES[name].join('\n'))
  return folder
}

async function rowsOf(source: AsyncIterable<DatasetBatch>) {
  const rows = []
  for await (const batch of source) rows.push(...batch.rows)
  return rows
}

const interactionsOf = async (source: AsyncIterable<DatasetBatch>) =>
  (await rowsOf(source)).flatMap((row) => (row.kind === 'interaction' ? [row.interaction] : []))

test('clicks and passed rooms come by time, with the outcomes while the room is watched', async () => {
  const folder = await folderOf(['click', 'negative', 'gift', 'like', 'user', 'streamer'])
  const rows = await interactionsOf(readKuailive(folder))
  expect(rows.map(({ userId, itemId, eventTime, outcomes }) => [userId, itemId, eventTime - DAY, outcomes])).toEqual([
    ['2', '10', 1000, { stay: 2852, click: 1, like: 1 }],
    ['1', '11', 2000, { stay: 0 }],
    ['1', '10', 5000, { stay: 60_000, click: 1, order: 1 }],
    ['1', '10', 90_000_000, { stay: 1000, click: 1 }],
  ])
  // What is counted up to the end of the data is no feature.
  expect(rows[2].userFeatures).toEqual({ age: '24-30', gender: 'F', onehot_feat0: '3' })
  expect(rows[2].itemFeatures).toEqual({ author: '100', gender: 'M', live_operation_tag: 'Relationship' })
  expect(rows[1].itemFeatures).toEqual({ author: '101' })
  expect(rows[2].context).toEqual({ hour: '0' })
})

test('days choose rows, and a row that is none is a dead letter', async () => {
  const folder = await folderOf(['click', 'negative'])
  const later = await interactionsOf(readKuailive(folder, { from: '2025-05-06' }))
  expect(later.map(({ eventTime }) => eventTime - DAY)).toEqual([90_000_000])
  const letters = (await rowsOf(readKuailive(folder))).flatMap((row) =>
    row.kind === 'dead-letter' ? [row.letter] : [],
  )
  expect(letters.map(({ origin, reason }) => [origin, reason])).toEqual([
    ['click:5', 'user_id is "x", not a whole number'],
  ])
})

test('a missing file says where to get it', async () => {
  const folder = await folderOf(['click'])
  await expect(rowsOf(readKuailive(folder))).rejects.toMatchObject({
    code: 'unreadable-file',
    message: `Cannot read KuaiLive from ${folder}: there is no negative.csv or .csv.gz; KuaiLive (arXiv 2508.05633) is at https://imgkkk574.github.io/KuaiLive (no checksum is published)`,
  })
})
