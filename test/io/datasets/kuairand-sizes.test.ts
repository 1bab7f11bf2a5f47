import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readKuairand } from '../../../src/io/datasets/kuairand-reader.ts'
import { changeRow, LOG_HEADER, writeKuairand } from '../../support/kuairand-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const START_MS = 1_650_812_741_436
const row = (offsetMs: number) => changeRow('time_ms', `${START_MS + offsetMs}`)
const logOf = (...offsets: number[]) => [LOG_HEADER, ...offsets.map(row)].join('\n')

/** The names of KuaiRand-27K: logs in parts, which are sorted by user and not by time. */
async function folderOfParts(): Promise<string> {
  const folder = await temporaryFolder()
  await writeKuairand(folder, {
    log_standard_4_22_to_5_08_27k_part1: logOf(0, 50, 20),
    log_standard_4_22_to_5_08_27k_part2: logOf(10, 20, 60),
  })
  await rename(join(folder, 'user_features_pure.csv'), join(folder, 'user_features_27k.csv'))
  await rename(join(folder, 'video_features_basic_pure.csv'), join(folder, 'video_features_basic_27k.csv'))
  return folder
}

async function timesOf(folder: string, inOrder: boolean) {
  const read: [number, string][] = []
  for await (const { rows } of readKuairand(folder, { inOrder })) {
    for (const held of rows) {
      if (held.kind === 'interaction') read.push([held.interaction.eventTime - START_MS, held.interaction.eventId])
    }
  }
  return read
}

test('a larger KuaiRand is read from all its parts, by time where that is asked for', async () => {
  const folder = await folderOfParts()
  expect((await timesOf(folder, false)).map(([time]) => time)).toEqual([0, 50, 20, 10, 20, 60])
  const sorted = await timesOf(folder, true)
  expect(sorted.map(([time]) => time)).toEqual([0, 10, 20, 20, 50, 60])
  // The ids are those of the files, whatever the order.
  expect(new Set(sorted.map(([, id]) => id))).toEqual(new Set((await timesOf(folder, false)).map(([, id]) => id)))
})
