import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../src/io/log/embedded-log.ts'
import { openLevelStore } from '../../src/io/store/level-store.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const KILLS = 12
const PROGRAM = fileURLToPath(new URL('../support/commit-until-killed.ts', import.meta.url))

describe('a process killed with SIGKILL while it commits', () => {
  it('leaves outputs, positions and state that agree and hold all it acknowledged', async () => {
    const folder = await temporaryFolder()
    let committed = 0
    for (let kill = 0; kill < KILLS; kill++) {
      // From right after the start to well inside several flushes of LevelDB.
      const acknowledged = await runAndKill(folder, (kill * 37) % 150)
      const reached = await checkFolder(folder)
      expect(reached).toBeGreaterThanOrEqual(Math.max(committed, acknowledged + 1))
      committed = reached
    }
    expect(committed).toBeGreaterThan(KILLS)
  })
})

/** The last number that the process acknowledged, -1 for none. */
async function runAndKill(folder: string, delayMs: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let acknowledged = -1
  for await (const line of createInterface(child.stdout)) {
    if (line === 'ready') setTimeout(() => child.kill('SIGKILL'), delayMs)
    else acknowledged = Number(line)
  }
  const [, signal] = (await exited) as [number | null, string | null]
  expect(signal).toBe('SIGKILL')
  return acknowledged
}

/** Checks that everything in the folder says the same; returns the committed position. */
async function checkFolder(folder: string): Promise<number> {
  const log = await openEmbeddedLog(join(folder, 'log'))
  const store = await openLevelStore(join(folder, 'store'))
  const position = (await log.committed('group', 'in', 0)) ?? 0
  for (const partition of [0, 1, 2]) {
    expect(await log.endOffset('out', partition)).toBe(position)
    const { records } = await log.read('out', partition, 0, position + 1)
    expect(records.map(({ value }) => Number.parseInt(Buffer.from(value!).toString(), 10))).toEqual(
      Array.from({ length: position }, (_, n) => n),
    )
  }
  const { records, nextOffset } = await log.read('state', 0, 0, 2 * position + 1)
  const latest = new Map(records.map(({ key, offset }) => [String(key), offset]))
  expect([...latest.values()]).toEqual(position === 0 ? [] : [2 * position - 2, 2 * position - 1])
  expect(nextOffset).toBe(2 * position)
  await log.close()

  // The store is written after the log's commit, so it may be one commit behind, never ahead.
  const stored = await store.position()
  const storedNext = stored?.nextOffset ?? 0
  expect([position, position - 1]).toContain(storedNext)
  expect(stored?.changelogOffset ?? 0).toBe(2 * storedNext)
  const last = storedNext === 0 ? null : `${storedNext - 1}`
  const values = await store.getMany([Buffer.from('a'), Buffer.from('b'), Buffer.from(`only-${last}`)])
  expect(values.map((value) => value && Buffer.from(value).toString())).toEqual([last, last, last])
  await store.close()
  return position
}
