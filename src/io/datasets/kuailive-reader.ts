import type { EventId, ItemId, UserId } from '../../core/contracts/ids.ts'
import { INTERACTION_LIMITS as LIMITS } from '../../core/contracts/interaction-limits.ts'
import type { FeatureMap, Interaction } from '../../core/contracts/interaction.ts'
import { type CsvRow, findCsv, readCsvRows, requireCsv } from './csv-rows.ts'
import { type DateRange, parseDateRange } from './date-range.ts'
import type { DatasetBatch } from './dataset-batch.ts'
import { deadLetterOfRow } from './dead-letter-of.ts'
import { GrowingColumns } from './growing-columns.ts'
import type { KuairandOptions } from './kuairand-reader.ts'
import { withoutEmpty } from './without-empty.ts'

const WHERE_TO_GET_IT =
  'KuaiLive (arXiv 2508.05633) is at https://imgkkk574.github.io/KuaiLive (no checksum is published)'

/** Its days are days of UTC+8. */
const UTC_OFFSET_MS = 8 * 3_600_000
const HOUR_MS = 3_600_000
/** An outcome belongs to the latest click on the room before it, while it is watched and so long after. */
const SLACK_MS = 60_000
const BATCH = 4096
const KEYS = ['user_id', 'live_id', 'streamer_id', 'timestamp']

/** Files of outcomes, with the event type that they become: a gift is the order of a live room. */
const OUTCOMES = [
  ['order', 'gift'],
  ['like', 'like'],
  ['comment', 'comment'],
] as const
/** Attributes that are as of the end of the data or count what happens in it are left out. */
const USER_COLUMNS = ['gender', 'age', 'country', 'device_brand', 'device_price', 'fans_num', 'follow_num']
const USER_FLAGS = ['is_live_streamer', 'is_photo_author', ...Array.from({ length: 7 }, (_, n) => `onehot_feat${n}`)]
const STREAMER_COLUMNS = ['gender', 'age', 'live_operation_tag', 'fans_user_num']

/** Columns of a row in memory. */
const TIME = 0
const USER = 1
const ROOM = 2
const STREAMER = 3
/** Milliseconds of watching; -1 for a row of negative.csv. */
const WATCHED = 4
const BITS = 5

/**
 * KuaiLive: clicks on live rooms and impressions that were passed over, in the order of time, as wide impressions.
 * `stay` is watch_live_time, `order` a gift, with `like` and `comment` of the same user in the same room while it is
 * watched. Held in memory while it is sorted, 60 bytes a row; `from` and `to` are days of UTC+8. Throws LifecycleError
 * `unreadable-file`, RangeError for a day that is none.
 */
export function readKuailive(
  folder: string,
  options: Pick<KuairandOptions, 'from' | 'to'> = {},
): AsyncGenerator<DatasetBatch, void, undefined> {
  return readFolder(folder, parseDateRange(options.from, options.to))
}

async function* readFolder(folder: string, dates: DateRange): AsyncGenerator<DatasetBatch, void, undefined> {
  const files = [
    { stem: 'click', ...(await requireCsv(folder, 'click', 'KuaiLive', WHERE_TO_GET_IT)) },
    { stem: 'negative', ...(await requireCsv(folder, 'negative', 'KuaiLive', WHERE_TO_GET_IT)) },
  ]
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0)
  const users = await readAttributes(folder, 'user', 'user_id', [...USER_COLUMNS, ...USER_FLAGS])
  const streamers = await readAttributes(folder, 'streamer', 'streamer_id', STREAMER_COLUMNS)
  const rows = new GrowingColumns(6)
  let before = 0
  for (const { stem, path, size } of files) {
    const required = stem === 'click' ? [...KEYS, 'watch_live_time'] : KEYS
    for await (const block of readCsvRows(path, required)) {
      const bad = block.rows.flatMap((row) => {
        const problem =
          row === null ? 'the row has another number of fields than the header' : takeRow(row, stem, rows, dates)
        return problem === null ? [] : [deadLetterOfRow(problem, stem, row?.line ?? 0)]
      })
      yield { rows: bad, bytesRead: (before + block.bytesRead) / 2, totalBytes }
    }
    before += size
  }
  await addOutcomes(folder, rows)
  const order = rows.orderBy(TIME)
  for (let from = 0; from < order.length; from += BATCH) {
    const batch = Array.from(order.subarray(from, from + BATCH), (row) => {
      return { kind: 'interaction' as const, interaction: interactionOf(rows, row, users, streamers) }
    })
    const share = Math.min(1, (from + BATCH) / order.length)
    yield { rows: batch, bytesRead: (totalBytes * (1 + share)) / 2, totalBytes }
  }
}

/** Null, or what is wrong with the row. Rows outside of the dates are passed over. */
function takeRow(row: CsvRow, stem: string, rows: GrowingColumns, dates: DateRange): string | null {
  const numbers = KEYS.map((name) => Number(row.get(name) === '' ? Number.NaN : row.get(name)))
  const wrong = numbers.findIndex((value) => !Number.isSafeInteger(value) || value < 0)
  if (wrong >= 0) return `${KEYS[wrong]} is ${JSON.stringify(row.get(KEYS[wrong]).slice(0, 40))}, not a whole number`
  const [user, room, streamer, timeMs] = numbers
  if (timeMs < LIMITS.earliestTime || timeMs >= LIMITS.endOfTime) return `timestamp is ${timeMs}, not unix milliseconds`
  const day = Number(new Date(timeMs + UTC_OFFSET_MS).toISOString().slice(0, 10).replaceAll('-', ''))
  if (day < dates.from || day > dates.to) return null
  const watched = stem === 'click' ? Number(row.get('watch_live_time')) : -1
  if (stem === 'click' && !(watched >= 0)) return `watch_live_time is ${row.get('watch_live_time')}, not 0 or more`
  rows.push([timeMs, user, room, streamer, watched, 0])
  return null
}

/** Sets the bit of each outcome on the click that it belongs to. */
async function addOutcomes(folder: string, rows: GrowingColumns): Promise<void> {
  const clicks = new Map<string, number[]>()
  for (const row of rows.orderBy(TIME)) {
    if (rows.get(row, WATCHED) < 0) continue
    const key = `${rows.get(row, USER)} ${rows.get(row, ROOM)}`
    const held = clicks.get(key)
    if (held) held.push(row)
    else clicks.set(key, [row])
  }
  for (const [bit, [, stem]] of OUTCOMES.entries()) {
    const file = await findCsv(folder, stem)
    if (!file) continue
    for await (const block of readCsvRows(file.path, KEYS)) {
      for (const outcome of block.rows) {
        if (outcome === null) continue
        const timeMs = Number(outcome.get('timestamp'))
        const key = `${Number(outcome.get('user_id'))} ${Number(outcome.get('live_id'))}`
        const row = (clicks.get(key) ?? []).findLast((click) => rows.get(click, TIME) <= timeMs)
        if (row === undefined || timeMs > rows.get(row, TIME) + rows.get(row, WATCHED) + SLACK_MS) continue
        const bits = rows.get(row, BITS)
        if (Math.floor(bits / 2 ** bit) % 2 === 0) rows.set(row, BITS, bits + 2 ** bit)
      }
    }
  }
}

function interactionOf(
  rows: GrowingColumns,
  row: number,
  users: ReadonlyMap<string, FeatureMap>,
  streamers: ReadonlyMap<string, FeatureMap>,
): Interaction {
  const timeMs = rows.get(row, TIME)
  const userId = `${rows.get(row, USER)}`
  const streamer = `${rows.get(row, STREAMER)}`
  const watched = rows.get(row, WATCHED)
  const outcomes: Record<string, number> = { stay: Math.max(0, watched) }
  if (watched >= 0) outcomes.click = 1
  OUTCOMES.forEach(([type], bit) => {
    if (Math.floor(rows.get(row, BITS) / 2 ** bit) % 2 === 1) outcomes[type] = 1
  })
  return {
    eventId: `kuailive:${row}` as EventId,
    userId: userId as UserId,
    itemId: `${rows.get(row, ROOM)}` as ItemId,
    type: 'impression',
    eventTime: timeMs,
    outcomes,
    context: { hour: `${Math.floor((timeMs + UTC_OFFSET_MS) / HOUR_MS) % 24}` },
    userFeatures: users.get(userId),
    itemFeatures: { author: streamer, ...streamers.get(streamer) },
  }
}

/** Attributes by id; an empty map where the file is missing. */
async function readAttributes(
  folder: string,
  stem: string,
  id: string,
  columns: readonly string[],
): Promise<Map<string, FeatureMap>> {
  const attributes = new Map<string, FeatureMap>()
  const file = await findCsv(folder, stem)
  if (!file) return attributes
  for await (const { rows } of readCsvRows(file.path, [id])) {
    for (const row of rows) {
      if (row === null) continue
      const known = Object.fromEntries(columns.map((name) => [name, row.get(name)]))
      attributes.set(row.get(id), Object.freeze(withoutEmpty(known)))
    }
  }
  return attributes
}
