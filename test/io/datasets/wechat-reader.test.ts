import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DatasetBatch } from '../../../src/io/datasets/dataset-batch.ts'
import { readWechat, WECHAT_START_MS } from '../../../src/io/datasets/wechat-reader.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const HEADER = 'userid,feedid,date_,device,read_comment,comment,like,play,stay,click_avatar,forward,follow,favorite'
/** In the file's order: a user's rows of a day follow each other, days do not. */
const ACTIONS = [
  HEADER,
  '8,71474,2,1,0,0,1,500,5366,0,0,0,0',
  '8,73916,1,1,0,0,0,2500,4378,1,0,0,1',
  '8,50282,1,1,1,1,0,4100,4529,0,1,1,0',
  '9,50282,1,2,0,0,0,0,0,0,0,0,0',
  '9,50282,x,2,0,0,0,0,0,0,0,0,0',
  '9,50282,1',
].join('\n')
const FEEDS = [
  'feedid,authorid,videoplayseconds,description,ocr,asr,bgm_song_id,bgm_singer_id,manual_keyword_list,machine_keyword_list,manual_tag_list,machine_tag_list',
  '50282,2357,30,"1 2, 3",,,25443.0,6746.0,,,271;38,',
  '73916,100,0,,,,,,,,,',
].join('\n')

async function rowsOf(source: AsyncIterable<DatasetBatch>) {
  const rows = []
  for await (const batch of source) rows.push(...batch.rows)
  return {
    interactions: rows.flatMap((row) => (row.kind === 'interaction' ? [row.interaction] : [])),
    letters: rows.flatMap((row) => (row.kind === 'dead-letter' ? [row.letter] : [])),
  }
}

test('wechat rows come by day, then by the order of each user, as wide impressions', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'user_action.csv'), ACTIONS)
  await writeFile(join(folder, 'feed_info.csv'), FEEDS)
  const { interactions, letters } = await rowsOf(readWechat(folder))
  expect(interactions.map(({ userId, itemId, eventTime }) => [userId, itemId, eventTime - WECHAT_START_MS])).toEqual([
    ['8', '73916', 0],
    ['9', '50282', 0],
    ['8', '50282', 60_000],
    ['8', '71474', 86_400_000],
  ])
  expect(interactions.map(({ outcomes }) => outcomes)).toEqual([
    { stay: 4378, profile_enter: 1 },
    { stay: 0 },
    { stay: 4529, click: 1, share: 1, comment: 1, follow: 1 },
    { stay: 5366, like: 1 },
  ])
  expect(interactions[2]).toMatchObject({
    context: { device: '1' },
    itemFeatures: { author: '2357', duration: '4', singer: '6746.0', tag: '271' },
  })
  expect(interactions[0].itemFeatures).toEqual({ author: '100' })
  expect(new Set(interactions.map(({ eventId }) => eventId)).size).toBe(4)
  expect(letters.map(({ origin, reason }) => [origin, reason])).toEqual([
    ['user_action:6', 'date_ is "x", not a number of its kind'],
    ['user_action:0', 'the row has another number of fields than the header'],
  ])
})

test('a missing file of the challenge says where to get it', async () => {
  const folder = await temporaryFolder()
  await expect(rowsOf(readWechat(folder))).rejects.toMatchObject({
    code: 'unreadable-file',
    message: `Cannot read WeChat from ${folder}: there is no user_action.csv or .csv.gz; the data of the WeChat Big Data Challenge 2021 is at https://algo.weixin.qq.com (with registration; no checksum is published)`,
  })
  await writeFile(join(folder, 'user_action.csv'), 'userid,feedid\n1,2\n')
  await expect(rowsOf(readWechat(folder))).rejects.toThrow('its header has no column date_, device, read_comment')
})
