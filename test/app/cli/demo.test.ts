import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type CliProcess, type CliResult, finishCli, jsonLines, runCli, startCli } from '../../support/run-cli.ts'

const folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-test-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const SMALL = ['--backend', 'plain', '--rate', '500', '--set', 'simulator.users=50', '--set', 'ranker.batchSize=64']
const demo = (dataDir: string): string[] => ['demo', '--data-dir', dataDir, ...SMALL]
const LINE =
  /^(\d+) s: (\d+) events, (\d+)\/s; new \d+, wander \d+, stick \d+, loyal \d+; \d+ transitions, \d+ alerts; ctr AUC .* loss .*, stay AUC .* loss .*, cvr AUC .* loss .*$/

describe('the demo', () => {
  const dataDir = join(folder, 'demo')
  let first: CliResult
  let events: number

  beforeAll(async () => {
    first = await runCli([...demo(dataDir), '--for', '1s'])
    events = Number(LINE.exec(first.stdout.split('\n').at(-3)!)?.[2])
  })

  test('tells how it goes on plain lines, and at the end where everything is', () => {
    const { code, stdout, stderr } = first
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [line, end] = stdout.split('\n').slice(-3)
    expect(line).toMatch(LINE)
    expect(Number(LINE.exec(line)![3])).toBeGreaterThan(0)
    expect(end).toBe(`Stopped. ${dataDir} holds everything; the next start goes on from here.`)
  })

  test('has as many events in its log as it told', async () => {
    const { stdout } = await runCli(['cat', 'interactions', '--data-dir', dataDir])
    expect(events).toBeGreaterThan(100)
    expect(jsonLines(stdout)).toHaveLength(events)
  })

  test('goes on where it stopped when it is started again', async () => {
    const { code, stdout, stderr } = await runCli([...demo(dataDir), '--for', '100ms'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [address, ...lines] = stdout.split('\n')
    expect(address).toMatch(/^Dashboard and API on http:\/\/127\.0\.0\.1:\d+$/)
    const [first, last] = lines.map((line) => Number(LINE.exec(line)?.[2]))
    expect(first).toBe(events)
    expect(last).toBeGreaterThan(events)
    const cat = await runCli(['cat', 'interactions', '--data-dir', dataDir])
    const ids = jsonLines(cat.stdout).map(({ value }) => (value as { eventId: string }).eventId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('cat ends quietly when its reader has gone', async () => {
    const child = startCli(['cat', 'interactions', '--data-dir', dataDir])
    child.stdout.once('data', () => child.stdout.destroy())
    const [code, stderr] = await Promise.all([once(child, 'exit').then(([held]) => held as number), textOf(child)])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})

describe('while a demo runs', () => {
  const dataDir = join(folder, 'running')

  test('others are told that the folder is in use, and Ctrl-C stops it with code 0', async () => {
    const child = startCli([...demo(dataDir), '--rate', '20'])
    onTestFinished(() => void child.kill('SIGKILL'))
    const result = finishCli(child)
    await once(child.stdout, 'data')
    for (const call of [
      demo(dataDir),
      ['run', '--data-dir', dataDir],
      ['cat', 'interactions', '--data-dir', dataDir],
    ]) {
      const { code, stderr } = await runCli(call)
      expect(code).toBe(2)
      expect(stderr.trimEnd().split('\n').at(-1)).toBe(
        `stan-lifecycle: Cannot open the data folder ${dataDir}: another process has it open`,
      )
    }
    child.kill('SIGINT')
    const { code, stdout, stderr } = await result
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/\nStopped\. .*\n$/)
  })

  test('a reader that goes ends it', async () => {
    const child = startCli(demo(join(folder, 'no-reader')))
    onTestFinished(() => void child.kill('SIGKILL'))
    child.stdout.destroy()
    const [code, stderr] = await Promise.all([once(child, 'exit').then(([held]) => held as number), textOf(child)])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})

test.each(['tracker', 'ranker', 'all'])(
  'run --role %s logs JSON lines to standard error until its time is up',
  async (role) => {
    const dataDir = join(folder, `run-${role}`)
    const { code, stdout, stderr } = await runCli([
      'run',
      '--role',
      role,
      '--data-dir',
      dataDir,
      '--for',
      '300ms',
      '--backend',
      'plain',
      '--port',
      '0',
    ])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    const lines = jsonLines(stderr)
    const messages = lines.map(({ msg }) => msg)
    const [backend, api] = [role === 'tracker' ? [] : ['plain JavaScript'], role === 'all' ? ['api'] : []]
    expect(messages).toEqual([...backend, ...api, 'running', 'stopped'])
    // Only who trains has prequential metrics: per task overall and per stage.
    const metrics = { ctr: { examples: 0 }, stay: { examples: 0 }, cvr: { examples: 0 } }
    const prequential = { overall: metrics, byStage: { new: metrics, wander: metrics, stick: metrics, loyal: metrics } }
    expect(lines.at(-1)).toMatchObject({ events: 0, ...(role === 'tracker' ? {} : { bundle: 0, prequential }) })
    expect('prequential' in lines.at(-1)!).toBe(role !== 'tracker')
  },
)

test('run gives up priority where it is told to', async () => {
  const child = startCli(['run', '--role', 'tracker', '--data-dir', join(folder, 'nice'), '--set', 'niceness=7'])
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stderr, 'data')
  expect(getPriority(child.pid)).toBe(7)
})

async function textOf(child: CliProcess): Promise<string> {
  let text = ''
  for await (const chunk of child.stderr) text += String(chunk)
  return text
}
