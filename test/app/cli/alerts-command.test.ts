import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rm, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MonitorRun } from '../../../src/app/alerts/monitor-run.ts'
import { configSchema } from '../../../src/app/config/config-schema.ts'
import { Pipeline } from '../../../src/app/pipeline.ts'
import { SimulatedSource } from '../../../src/app/simulated-source.ts'
import { openWorld } from '../../../src/app/wire.ts'
import { ALERT_KINDS } from '../../../src/core/contracts/lifecycle-alert.ts'
import { callProgram } from '../../support/call-program.ts'
import { SMALL_SETTINGS } from '../../support/small-config.ts'
import { jsonLines } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { WebhookReceiver } from '../../support/webhook-receiver.ts'

const EVENTS = 5000
let folder: string
let at: string[]

/** A simulated shop of a few days, tracked and watched. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-test-'))
  const dataDir = join(folder, 'data')
  const tree = { ...SMALL_SETTINGS, simulator: { users: 80 } }
  const config = configSchema.parse({ ...tree, dataDir })
  const configFile = join(folder, 'config.yaml')
  await writeFile(configFile, JSON.stringify(tree))
  at = ['--config', configFile, '--data-dir', dataDir]
  const world = await openWorld(config, 'test')
  const source = await SimulatedSource.open(config, world)
  await source.append(EVENTS)
  await source.save()
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
  await pipeline.finish()
  const monitor = await MonitorRun.open({ config, log: world.log, codecs: world.codecs, nowMs: Date.now })
  while ((await monitor.step()) > 0);
  await monitor.close()
  await world.close()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('alerts list', () => {
  test('prints each alert once, as it is now', async () => {
    const { code, stdout } = await callProgram(['alerts', 'list', '--limit', '5', ...at])
    expect(code).toBe(0)
    const [head, ...rows] = stdout.trimEnd().split('\n')
    expect(head).toMatch(/^since +status +severity +rule +message$/)
    expect(rows).toHaveLength(6)
    expect(rows.at(-1)).toMatch(/^There are \d+ more; --limit shows them$/)
  })

  test('filters by status, and has all fields as JSON', async () => {
    const all = jsonLines((await callProgram(['alerts', 'list', '--limit', '100000', '--json', ...at])).stdout)
    const keys = all.map(({ deduplicationKey }) => deduplicationKey)
    expect(new Set(keys).size).toBe(keys.length)
    const { stdout } = await callProgram(['alerts', 'list', '--status', 'firing', '--limit', '100000', '--json', ...at])
    const firing = jsonLines(stdout)
    expect(firing).toEqual(all.filter(({ status }) => status === 'firing'))
    expect(firing.length).toBeGreaterThan(0)
    expect(firing.length).toBeLessThan(all.length)
    expect(firing[0]).toMatchObject({ endsAt: null, runbook: expect.stringMatching(/^deploy\/runbooks\/.*\.md$/) })
  })
})

describe('alerts explain', () => {
  test('prints what a rule watches, its bounds, its present value, the action and the runbook', async () => {
    const { stdout } = await callProgram([
      'alerts',
      'explain',
      'late-share',
      '--set',
      'alerts.rules.late-share.maxShare=0.3',
      ...at,
    ])
    expect(stdout).toContain('late-share   data, warning\n')
    expect(stdout).toContain('maxShare = 0.3:')
    expect(stdout).toMatch(/ present {3}interactions: \d+\.\d % of the hour’s \d+ events were late \(2025-/)
    expect(stdout).toContain('  runbook   deploy/runbooks/late-share.md\n')
  })

  test('explains every rule, also without data', async () => {
    const { stdout, code } = await callProgram(['alerts', 'explain', '--json', '--data-dir', join(folder, 'nothing')])
    expect(code).toBe(0)
    const told = JSON.parse(stdout) as { rule: string; note: string }[]
    expect(told.map(({ rule }) => rule)).toEqual(ALERT_KINDS)
    expect(told[0].note).toContain('nothing')
  })

  test('names the nearest rule', async () => {
    const { code, stderr } = await callProgram(['alerts', 'explain', 'left-loyl'])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'stan-lifecycle: Cannot explain left-loyl: there is no such rule; the nearest is left-loyal\n',
    })
  })
})

describe('alerts test', () => {
  test('sends a labelled alert and its end, and says what each sink answered', async () => {
    const receiver = await WebhookReceiver.start()
    const secretFile = join(await temporaryFolder(), 'secret')
    await writeFile(secretFile, 'hush')
    const set = [`alerts.webhook.url=${receiver.url}`, `alerts.webhook.secretFile=${secretFile}`, 'alerts.log=false']
    const call = ['alerts', 'test', 'lag-burn', ...set.flatMap((pair) => ['--set', pair])]
    const { code, stdout } = await callProgram(call)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'webhook: firing 200, resolved 200\n' })
    expect(receiver.taken()).toMatchObject([
      { kind: 'lag-burn', status: 'firing', severity: 'critical', subject: 'test', evidence: { test: 'true' } },
      { status: 'resolved' },
    ])
    receiver.faults.push(401)
    const refused = await callProgram(call)
    expect(refused).toMatchObject({
      code: 1,
      stdout: 'webhook: Cannot send the alert to the webhook: it answers 401, not now\n',
      stderr: 'stan-lifecycle: Cannot test lag-burn: webhook did not take the alert\n',
    })
  })

  test('needs a sink', async () => {
    const { code, stderr } = await callProgram(['alerts', 'test', 'lag-burn', '--set', 'alerts.log=false'])
    expect(code).toBe(2)
    expect(stderr).toContain('Cannot test lag-burn: no sink is set')
  })
})

interface Rule {
  readonly rule: string
  readonly fired: number
  readonly truth: { readonly precision: number | null; readonly recall: number | null; readonly right: number }
}

async function backtestJson(
  ...more: readonly string[]
): Promise<{ rules: Rule[]; alerts: { startsAt: string; kind: string }[] }> {
  const { code, stdout, stderr } = await callProgram(['alerts', 'backtest', '--json', ...more, ...at])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as Awaited<ReturnType<typeof backtestJson>>
}

describe('alerts backtest', () => {
  /** Of the whole folder. */
  let all: Awaited<ReturnType<typeof backtestJson>>

  test('says how often each rule fires, on whom, and how right it is by the hidden lives', async () => {
    const { stdout } = await callProgram(['alerts', 'backtest', ...at])
    all = await backtestJson()
    expect(stdout).toMatch(/^From 2025-01-01T.* to 2025-01-/)
    expect(stdout).toMatch(/\nrule +fired +resolved +per 30 days +precision +recall +subjects +the most\n/)
    const { rules } = all
    const of = (name: string) => rules.find(({ rule }) => rule === name)!
    expect(of('returned').fired).toBeGreaterThan(5)
    for (const { fired, truth } of rules) {
      expect(truth.precision).toBe(fired === 0 ? null : truth.right / fired)
    }
  })

  test('takes the rules of a file over the configured ones', async () => {
    const file = join(await temporaryFolder(), 'rules.yaml')
    await writeFile(file, 'returned: { enabled: false }\nonboarding-stalled: { afterDays: 1 }\n')
    const [before, after] = [all, await backtestJson('--rules', file)]
    const fired = (rules: readonly Rule[], name: string) => rules.find(({ rule }) => rule === name)!.fired
    expect(fired(before.rules, 'returned')).toBeGreaterThan(0)
    expect(fired(after.rules, 'returned')).toBe(0)
    expect(fired(after.rules, 'onboarding-stalled')).toBeGreaterThan(fired(before.rules, 'onboarding-stalled'))
    await writeFile(file, 'retuned: {}\n')
    const { code, stderr } = await callProgram(['alerts', 'backtest', '--rules', file, ...at])
    expect(code).toBe(2)
    expect(stderr).toContain('there is no setting alerts.rules.retuned; the nearest is alerts.rules.returned')
  })

  test('counts from --from to --to', async () => {
    const { alerts } = await backtestJson('--from', '2025-01-02', '--to', '2025-01-02')
    expect(alerts.length).toBeGreaterThan(0)
    expect(alerts.length).toBeLessThan(all.alerts.length)
  })

  test('refuses a file that is not there, a range the wrong way round, and a folder without data', async () => {
    const missing = await callProgram(['alerts', 'backtest', '--rules', join(folder, 'none'), ...at])
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no such file') })
    const turned = await callProgram(['alerts', 'backtest', '--from', '2025-01-03', '--to', '2025-01-01', ...at])
    expect(turned).toMatchObject({ code: 2, stderr: expect.stringContaining('--from is after --to') })
    const empty = await callProgram(['alerts', 'backtest', '--data-dir', join(folder, 'nothing')])
    expect(empty.code).toBe(2)
  })
})
