import type { EventId, ItemId, UserId } from '../../core/contracts/ids.ts'
import type { FeatureMap, Interaction } from '../../core/contracts/interaction.ts'
import { type CsvRow, findCsv, readCsvRows, requireCsv } from './csv-rows.ts'
import type { DatasetBatch } from './dataset-batch.ts'
import { deadLetterOfRow } from './dead-letter-of.ts'
import { GrowingColumns } from './growing-columns.ts'
import { withoutEmpty } from './without-empty.ts'

const WHERE_TO_GET_IT =
  'the data of the WeChat Big Data Challenge 2021 is at https://algo.weixin.qq.com (with registration; no checksum is published)'

/** Day 1. The data set has no dates, only days 1 to 14. */
export const WECHAT_START_MS = Date.UTC(2021, 0, 1)
const DAY_MS = 86_400_000
/** Between two rows of a user; the data set has no times, only their order. */
const STEP_MS = 60_000
const MOST_STEPS = 1439
const BATCH = 4096

const FLAGS = [
  ['click', 'read_comment'],
  ['like', 'like'],
  ['profile_enter', 'click_avatar'],
  ['share', 'forward'],
  ['comment', 'comment'],
  ['follow', 'follow'],
] as const
const REQUIRED = ['userid', 'feedid', 'date_', 'device', 'read_comment', 'like', 'click_avatar', 'forward', 'stay']

/** Columns of a row in memory. */
const TIME = 0
const USER = 1
const FEED = 2
const DEVICE = 3
const STAY = 4
const BITS = 5
const LINE = 6

/**
 * user_action.csv of the WeChat Big Data Challenge 2021, the paper's public data, in the order of days; columns by
 * their names. A row is a wide impression: click is read_comment, profile_enter is click_avatar, share is forward; the
 * column favorite has no event type. Times are made up: the day, and a minute for each row of a user, in the file's
 * order. Held in memory while it is sorted, 60 bytes a row. Throws LifecycleError `unreadable-file`.
 */
export async function* readWechat(folder: string): AsyncGenerator<DatasetBatch, void, undefined> {
  const actions = await requireCsv(folder, 'user_action', 'WeChat', WHERE_TO_GET_IT)
  const feeds = await findCsv(folder, 'feed_info')
  const features = feeds ? await readFeeds(feeds.path) : new Map<number, FeatureMap>()
  const rows = new GrowingColumns(7)
  const seen = new Map<string, number>()
  for await (const block of readCsvRows(actions.path, REQUIRED)) {
    const bad = block.rows.flatMap((row) => {
      const problem = row === null ? 'the row has another number of fields than the header' : takeRow(row, rows, seen)
      return problem === null ? [] : [deadLetterOfRow(problem, 'user_action', row?.line ?? 0)]
    })
    // Half of the work is the reading, half the rest.
    yield { rows: bad, bytesRead: block.bytesRead / 2, totalBytes: actions.size }
  }
  const order = rows.orderBy(TIME)
  for (let from = 0; from < order.length; from += BATCH) {
    const batch = Array.from(order.subarray(from, from + BATCH), (row) => {
      return { kind: 'interaction' as const, interaction: interactionOf(rows, row, features) }
    })
    const share = Math.min(1, (from + BATCH) / order.length)
    yield { rows: batch, bytesRead: (actions.size * (1 + share)) / 2, totalBytes: actions.size }
  }
}

/** Null, or what is wrong with the row. */
function takeRow(row: CsvRow, rows: GrowingColumns, seen: Map<string, number>): string | null {
  const numbers = REQUIRED.map((name) => Number(row.get(name) === '' ? Number.NaN : row.get(name)))
  const wrong = numbers.findIndex((value) => !(value >= 0))
  if (wrong >= 0)
    return `${REQUIRED[wrong]} is ${JSON.stringify(row.get(REQUIRED[wrong]).slice(0, 40))}, not a number of its kind`
  const [user, feed, day, device] = numbers
  if (!(Number.isInteger(day) && day >= 1 && day <= 366)) return `date_ is ${day}, not a day from 1 on`
  const key = `${user} ${day}`
  const step = seen.get(key) ?? 0
  seen.set(key, step + 1)
  const bits = FLAGS.reduce((sum, [, column], f) => (row.get(column) === '1' ? sum + 2 ** f : sum), 0)
  const timeMs = WECHAT_START_MS + (day - 1) * DAY_MS + Math.min(step, MOST_STEPS) * STEP_MS
  rows.push([timeMs, user, feed, device, Number(row.get('stay')), bits, row.line])
  return null
}

function interactionOf(rows: GrowingColumns, row: number, features: ReadonlyMap<number, FeatureMap>): Interaction {
  const feed = rows.get(row, FEED)
  const outcomes: Record<string, number> = { stay: rows.get(row, STAY) }
  FLAGS.forEach(([type], f) => {
    if (Math.floor(rows.get(row, BITS) / 2 ** f) % 2 === 1) outcomes[type] = 1
  })
  return {
    eventId: `user_action:${rows.get(row, LINE)}` as EventId,
    userId: `${rows.get(row, USER)}` as UserId,
    itemId: `${feed}` as ItemId,
    type: 'impression',
    eventTime: rows.get(row, TIME),
    outcomes,
    context: { device: `${rows.get(row, DEVICE)}` },
    itemFeatures: features.get(feed),
  }
}

/** Author, duration as a log2 bucket of seconds, singer, and the first tag. */
async function readFeeds(path: string): Promise<Map<number, FeatureMap>> {
  const features = new Map<number, FeatureMap>()
  for await (const { rows } of readCsvRows(path, ['feedid', 'authorid', 'videoplayseconds'])) {
    for (const row of rows) {
      if (row === null) continue
      const seconds = Number(row.get('videoplayseconds'))
      const known = {
        author: row.get('authorid'),
        duration: seconds > 0 ? `${Math.floor(Math.log2(1 + seconds))}` : '',
        singer: row.get('bgm_singer_id'),
        tag: row.get('manual_tag_list').split(';')[0],
      }
      features.set(Number(row.get('feedid')), Object.freeze(withoutEmpty(known)))
    }
  }
  return features
}
