import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const SMALL = ['--set', 'ranker.backend=wasm', '--set', 'ranker.batchSize=16', '--set', 'ranker.bundleEvery=16']

/** Sixty impressions of three users, one of whom has a telling name. */
function rows(): string {
  const users = ['ann', 'bob', 'user-to-be-erased']
  return Array.from({ length: 60 }, (_, i) =>
    JSON.stringify({
      eventId: `${users[i % 3]}-${i}`,
      userId: users[i % 3],
      itemId: `item-${i % 7}`,
      type: 'impression',
      eventTime: 1_767_225_600_000 + i * 60_000,
      outcomes: { click: i % 2, stay: i * 100 },
    }),
  ).join('\n')
}

test('erase takes a user out of a data folder, and erasure audit says before and after whether there is anything', async () => {
  const dataDir = join(await temporaryFolder(), 'data')
  const inFolder = ['--data-dir', dataDir, ...SMALL]
  expect(await runCli(['ingest', 'jsonl', '-', ...inFolder], { input: rows() })).toMatchObject({ code: 0 })

  const known = await runCli(['erasure', 'audit', 'user-to-be-erased', ...inFolder])
  expect(known.code).toBe(1)
  expect(known.stdout).toMatch(/: interactions\/0@\d+$/m)
  expect(known.stderr).toMatch(
    /^stan-lifecycle: Cannot confirm the erasure of user-to-be-erased: \d+ places know it\n$/,
  )

  const erased = await runCli(['erase', 'user-to-be-erased', ...inFolder])
  expect(erased).toMatchObject({ code: 0, stderr: '' })
  expect(erased.stdout).toBe(`No trace of user-to-be-erased in the files of ${dataDir}\n`)

  // The others are as they were, and their rows are known.
  expect((await runCli(['state', 'ann', ...inFolder])).code).toBe(0)
  expect((await runCli(['state', 'user-to-be-erased', ...inFolder])).code).toBe(2)
  const refused = await runCli(['erase', '', ...inFolder])
  expect(refused).toMatchObject({ code: 2, stderr: 'stan-lifecycle: Cannot erase a user: the id is empty\n' })
})
