import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { withServers } from '../../src/app/cli/with-servers.ts'
import { observedPipeline } from '../../src/app/cli/observed-pipeline.ts'
import { configSchema } from '../../src/app/config/config-schema.ts'
import { createLogger } from '../../src/app/observability/logger.ts'
import { Pipeline } from '../../src/app/pipeline.ts'
import { StopFlag } from '../../src/app/stop-flag.ts'
import { chooseBackend } from '../../src/app/tensor-backend.ts'
import { TOPICS } from '../../src/app/topics.ts'
import { openWorld } from '../../src/app/wire.ts'
import { freePorts } from '../support/kafka/free-ports.ts'
import { simulatedInteractions } from '../support/simulated-interactions.ts'
import { SMALL_SETTINGS } from '../support/small-config.ts'
import { findTool, runTool } from '../support/tools/find-tool.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy')
const RULES = join(DEPLOY, 'prometheus/rules.yaml')
const promtool = findTool('promtool', 'STAN_REQUIRE_PROMTOOL', 'apt-get install prometheus')

/** What the process's metrics port and the API's say after a stream with everything in it. */
const scrape = { metrics: '', api: '' }

beforeAll(async () => {
  await chooseBackend('wasm')
  const { mkdtemp, rm } = await import('node:fs/promises')
  const { tmpdir } = await import('node:os')
  const folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-test-'))
  const [api, metrics] = await freePorts(2)
  const config = configSchema.parse({
    ...SMALL_SETTINGS,
    dataDir: join(folder, 'data'),
    api: { port: api },
    metrics: { port: metrics },
    memory: { maxMiB: 64_000 },
  })
  const logger = createLogger('fatal')
  const world = await openWorld(config, 'test')
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
  const roles = { tracker: true, ranker: true, api: true }
  const observed = observedPipeline(world, pipeline)
  try {
    await withServers({ config, roles, world, observed, logger }, new StopFlag(), async (service) => {
      await world.log.append([
        ...simulatedInteractions(2500).map((event) => ({
          topic: TOPICS.interactions,
          partition: 0,
          key: Buffer.from(event.userId),
          value: world.codecs.interaction.encode(event),
          timestamp: event.eventTime,
        })),
        {
          topic: TOPICS.interactions,
          partition: 0,
          key: Buffer.from('u'),
          value: Buffer.from('no record'),
          timestamp: 1,
        },
      ])
      await pipeline.finish()
      while ((await service!.view.lag()) > 0 || service!.view.completeAtMs === null)
        await new Promise((resolve) => setTimeout(resolve, 50))
      const text = async (url: string) => (await fetch(url)).text()
      await text(`http://127.0.0.1:${api}/v1/lifecycle`)
      scrape.metrics = await text(`http://127.0.0.1:${metrics}/metrics`)
      scrape.api = await text(`http://127.0.0.1:${api}/metrics`)
    })
  } finally {
    pipeline.dispose()
    await world.close()
    await rm(folder, { recursive: true, force: true })
  }
})

/** Names of metrics with at least one value. */
function namesIn(text: string): Set<string> {
  return new Set(text.split('\n').flatMap((line) => /^[a-z_]\w*/.exec(line) ?? []))
}

/** Names of metrics, not of labels, functions or recorded series, in an expression of PromQL. */
function namesInExpression(expression: string): string[] {
  return expression.match(/\b(?:stan|process|nodejs)_[a-z0-9_]+(?!:)\b/g) ?? []
}

interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
}

async function rules(): Promise<readonly Rule[]> {
  const { groups } = parse(await readFile(RULES, 'utf8')) as { groups: { rules: Rule[] }[] }
  return groups.flatMap((group) => group.rules)
}

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string }[]
}

interface Dashboard {
  readonly title: string
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string }[] }
}

async function dashboard(): Promise<Dashboard> {
  return JSON.parse(await readFile(join(DEPLOY, 'grafana/stan-lifecycle.json'), 'utf8')) as Dashboard
}

describe('metrics', () => {
  test('of a live process have every name that operators expect, and a value', () => {
    const names = namesIn(scrape.metrics)
    const expected = [
      'stan_input_lag_records',
      'stan_input_lag_seconds',
      'stan_restore_remaining_records',
      'stan_commit_duration_seconds_bucket',
      'stan_event_to_publish_seconds_bucket',
      'stan_store_bytes',
      'stan_user_cache_hits_total',
      'stan_tensors',
      'process_resident_memory_bytes',
      'stan_dead_letters_by_class_total',
      'stan_users_by_stage',
      'stan_stage_moves_total',
      'stan_task_log_loss',
      'stan_model_age_seconds',
    ]
    expect(expected.filter((name) => !names.has(name))).toEqual([])
    expect(scrape.metrics).toContain('stan_dead_letters_by_class_total{class="unreadable-record"} 1\n')
    expect(scrape.metrics).toMatch(/^stan_event_to_publish_seconds_count 2501$/m)
    expect(scrape.metrics).toMatch(/^stan_stage_moves_total\{from="new",to="\w+"\} [1-9]/m)
    expect(scrape.metrics).toMatch(/^stan_memory_bytes\{part="leveldb"\} [1-9]\d{5,}$/m)
    expect(scrape.metrics).toMatch(/^stan_store_bytes\{store="store\/0"\} [1-9]/m)
    expect(scrape.api).toMatch(
      /^stan_http_request_duration_seconds_count\{method="GET",route="\/v1\/lifecycle",status="200"\} 1$/m,
    )
  })

  test('are the same on the metrics port and the API, and no label names a user', () => {
    const own = (text: string) =>
      [...namesIn(text)].filter((name) => name.startsWith('stan_') && !name.startsWith('stan_http_')).sort()
    expect(own(scrape.api)).toEqual(own(scrape.metrics))
    const labels = new Set([...scrape.api.matchAll(/[{,](\w+)="/g)].map(([, label]) => label))
    expect([...labels].filter((label) => /user|key|id$/.test(label))).toEqual([])
    expect(scrape.api.split('\n').length).toBeLessThan(600)
  })

  test.skipIf(promtool === null)('of a live process pass promtool check metrics', () => {
    // Names of Node's own metrics are prom-client's.
    const own = (text: string) =>
      text
        .split('\n')
        .filter((line) => /^(# (HELP|TYPE) )?stan_/.test(line))
        .join('\n')
    for (const text of [scrape.metrics, scrape.api])
      expect(runTool(promtool!, ['check', 'metrics'], `${own(text)}\n`)).toBe('')
  })
})

describe('Prometheus rules', () => {
  test.skipIf(promtool === null)('pass promtool check rules and promtool test rules', () => {
    expect(runTool(promtool!, ['check', 'rules', RULES])).toContain('SUCCESS')
    expect(runTool(promtool!, ['test', 'rules', join(DEPLOY, 'prometheus/rules.test.yaml')])).toContain('SUCCESS')
  })

  test('name metrics that a live process has, and series that they record', async () => {
    const all = await rules()
    const names = namesIn(scrape.api)
    const unknown = all.flatMap(({ expr }) => namesInExpression(expr)).filter((name) => !names.has(name))
    expect(unknown).toEqual([])
    const recorded = new Set(all.flatMap(({ record }) => record ?? []))
    const used = all.flatMap(({ expr }) => expr.match(/\bstan:[a-z0-9_:]+/g) ?? [])
    expect(used.filter((name) => !recorded.has(name))).toEqual([])
  })

  test('each alert is fired in the rule tests', async () => {
    const tests = await readFile(join(DEPLOY, 'prometheus/rules.test.yaml'), 'utf8')
    const alerts = (await rules()).flatMap(({ alert }) => alert ?? [])
    expect(alerts.length).toBeGreaterThan(10)
    expect(alerts.filter((alert) => !tests.includes(alert))).toEqual([])
  })
})

describe('Grafana dashboard', () => {
  test('shows metrics that a live process has', async () => {
    const { panels } = await dashboard()
    const names = namesIn(scrape.api)
    const used = panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => namesInExpression(expr)))
    expect(used.length).toBeGreaterThan(40)
    expect([...new Set(used)].filter((name) => !names.has(name))).toEqual([])
    const recorded = new Set((await rules()).flatMap(({ record }) => record ?? []))
    const series = panels.flatMap(({ targets = [] }) =>
      targets.flatMap(({ expr }) => expr.match(/\bstan:[a-z0-9_:]+/g) ?? []),
    )
    expect(series.filter((name) => !recorded.has(name))).toEqual([])
  })

  test.skipIf(promtool === null)('has expressions that Prometheus can parse', async () => {
    const { panels } = await dashboard()
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    const rendered = expressions.map((expr) => expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*'))
    const { mkdtemp, rm, writeFile } = await import('node:fs/promises')
    const { tmpdir } = await import('node:os')
    const folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-test-'))
    const file = join(folder, 'panels.yaml')
    const records = rendered.map((expr, i) => ({ record: `panel:${i}`, expr }))
    await writeFile(file, JSON.stringify({ groups: [{ name: 'panels', rules: records }] }))
    try {
      expect(runTool(promtool!, ['check', 'rules', file])).toContain(`${records.length} rules found`)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('has the form of Grafana, variables, and panels for stream, lifecycle, model, API and memory', async () => {
    const { panels, templating, schemaVersion, title } = await dashboard()
    expect({ title, schemaVersion }).toEqual({ title: 'stan-lifecycle', schemaVersion: 39 })
    expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'job', 'instance'])
    const rows = panels.filter(({ type }) => type === 'row').map((row) => row.title)
    expect(rows).toEqual(['Stream', 'Lifecycle', 'Model', 'API', 'Memory and disk'])
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    // No panel lies over another.
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
  })
})
