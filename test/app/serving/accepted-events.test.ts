import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { type CliProcess, jsonLines, runCli, startCli } from '../../support/run-cli.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** Requests on their way at a time, and interactions of each. */
const SENDERS = 6
const BATCH = 20
const KILLS = 3

const events = simulatedInteractions(60_000)

/** The program with its API; resolves when it listens. */
async function start(dataDir: string): Promise<{ child: CliProcess; address: string }> {
  const child = startCli(['run', '--data-dir', dataDir, '--backend', 'wasm', '--port', '0'])
  onTestFinished(() => void child.kill('SIGKILL'))
  for await (const line of createInterface({ input: child.stderr })) {
    const { msg, address } = JSON.parse(line) as { msg: string; address?: string }
    if (msg === 'api') {
      child.stderr.resume()
      return { child, address: address! }
    }
  }
  throw new Error('The program ended before it listened')
}

test('what was answered with 202 is in the log, whenever the program is killed', async () => {
  const dataDir = join(await temporaryFolder(), 'data')
  const accepted = new Set<string>()
  let next = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const { child, address } = await start(dataDir)
    const wanted = accepted.size + 2000 + kill * 700
    const sender = async (): Promise<void> => {
      for (;;) {
        const batch = events.slice(next, (next += BATCH))
        try {
          const answer = await fetch(`${address}/v1/interactions`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(batch),
          })
          if (answer.status === 202) for (const { eventId } of batch) accepted.add(eventId)
        } catch {
          return // the program is gone, and with it an answer that nobody got
        }
        if (accepted.size >= wanted) child.kill('SIGKILL')
      }
    }
    await Promise.all([once(child, 'exit'), ...Array.from({ length: SENDERS }, sender)])
  }
  const { code, stdout } = await runCli(['cat', 'interactions', '--data-dir', dataDir])
  expect(code).toBe(0)
  const held = jsonLines(stdout).map(({ value }) => (value as { eventId: string }).eventId)
  expect(accepted.size).toBeGreaterThan(KILLS * 2000)
  const unique = new Set(held)
  expect([...accepted].filter((eventId) => !unique.has(eventId))).toEqual([])
  expect(unique.size).toBe(held.length)
})
