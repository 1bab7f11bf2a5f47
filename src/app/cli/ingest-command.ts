import type { Command } from 'commander'
import { writeFile } from 'node:fs/promises'
import type { DatasetBatch } from '../../io/datasets/dataset-batch.ts'
import { readJsonl } from '../../io/datasets/jsonl-reader.ts'
import { readKuairand } from '../../io/datasets/kuairand-reader.ts'
import type { Config } from '../config/config-schema.ts'
import { KUAIRAND_PRESET } from '../config/kuairand-preset.ts'
import { ingest } from '../ingest/ingest.ts'
import { Pipeline } from '../pipeline.ts'
import {
  countDeadLetters,
  countTransitions,
  countUsersByStage,
  type IngestReport,
  secondHalfMetrics,
} from '../report/ingest-report.ts'
import { renderIngestReport } from '../report/render-ingest-report.ts'
import { chooseBackend } from '../tensor-backend.ts'
import { openWorld } from '../wire.ts'
import { addConfigOptions, addRankerOptions, type ConfigOptions, configOf } from './config-options.ts'
import { jsonOf } from './json-of.ts'
import { packageVersion } from './package-version.ts'
import { createProgress } from './progress.ts'

interface IngestOptions extends ConfigOptions {
  readonly report?: string
  readonly json?: boolean
}

export function addIngestCommand(program: Command): void {
  const command = program
    .command('ingest')
    .description(
      'Run a data set through tracker and ranker, and report; a second run adds nothing, an interrupted one goes on',
    )
  addIngestOptions(
    command
      .command('kuairand <dir>')
      .description('KuaiRand (Pure, 1K or 27K): the folder with its CSV files, gzip or plain'),
  )
    .option('--from <date>', 'first day, yyyy-mm-dd')
    .option('--to <date>', 'last day, yyyy-mm-dd')
    .action(async (dir: string, options: IngestOptions & { from?: string; to?: string }) => {
      const config = await configOf(options, KUAIRAND_PRESET)
      await runIngest(readKuairand(dir, { from: options.from, to: options.to }), config, options)
    })
  addIngestOptions(
    command
      .command('jsonl <file>')
      .description('Interaction records, one JSON object a line; gzip accepted, - is standard input'),
  ).action(async (file: string, options: IngestOptions) => {
    await runIngest(readJsonl(file), await configOf(options), options)
  })
}

function addIngestOptions(command: Command): Command {
  return addRankerOptions(addConfigOptions(command))
    .option('--report <file>', 'write the closing report as JSON')
    .option('--json', 'print the closing report as JSON')
}

async function runIngest(source: AsyncIterable<DatasetBatch>, config: Config, options: IngestOptions): Promise<void> {
  const started = performance.now()
  const backend = await chooseBackend(config.ranker.backend)
  process.stderr.write(`backend: ${backend.note}\n`)
  const world = await openWorld(config, packageVersion())
  try {
    const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
    const progress = createProgress('ingest', 'rows', process.stderr, () => performance.now())
    const before = pipeline.counters()
    try {
      const counts = await ingest(source, world, pipeline, config.partitions, (batch, { rows }) => {
        progress.update(batch.bytesRead, batch.totalBytes, rows)
      })
      progress.stop()
      const wallSeconds = (performance.now() - started) / 1000
      const totals = pipeline.counters()
      const report: IngestReport = {
        events: counts.rows,
        duplicates: counts.known + totals.duplicates - before.duplicates,
        deadLetters: await countDeadLetters(world.log, config.partitions),
        examples: totals.examples,
        users: totals.users,
        eventsPerSecond: counts.rows / wallSeconds,
        usersByStage: await countUsersByStage(world.log, world.codecs),
        transitions: await countTransitions(world.log, world.codecs),
        tasks: await secondHalfMetrics(
          world.log,
          world.codecs,
          config.tasks.map(({ name }) => name),
        ),
        mode: config.ranker.mode,
        backend: backend.name,
        wallSeconds,
        peakRssBytes: process.resourceUsage().maxRSS * 1024,
      }
      if (options.report !== undefined) await writeFile(options.report, `${jsonOf(report, 2)}\n`)
      process.stdout.write(options.json ? `${jsonOf(report, 2)}\n` : `${renderIngestReport(report)}\n`)
    } finally {
      progress.stop()
      pipeline.dispose()
    }
  } finally {
    await world.close()
  }
}
