import { writeFile } from 'node:fs/promises'
import type { DatasetBatch } from '../../io/datasets/dataset-batch.ts'
import type { Config } from '../config/config-schema.ts'
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
import { openWorld, type World } from '../wire.ts'
import { jsonOf } from './json-of.ts'
import { print } from './output.ts'
import { packageVersion } from './package-version.ts'
import { createProgress } from './progress.ts'
import { requireWritable } from './require-writable.ts'

type Source = AsyncGenerator<DatasetBatch, void, undefined>

/**
 * Runs a source through tracker and ranker of the data folder, with progress, and prints the closing report. `isLive` is
 * a source that comes as somebody writes it.
 */
export async function ingestAndReport(
  source: Source,
  config: Config,
  options: { readonly report?: string; readonly json?: boolean; readonly isLive?: boolean; readonly toTopic?: boolean },
): Promise<void> {
  const started = performance.now()
  if (options.report !== undefined) await requireWritable('--report', options.report)
  try {
    // A file that cannot be read should leave no data folder behind. A live source may not have begun.
    const rows = options.isLive ? source : startingWith(await source.next(), source)
    if (options.toTopic) return await ingestToTopic(rows, config, options.json ?? false, started)
    if (config.log === 'kafka') {
      throw new RangeError(
        'Cannot ingest on log kafka without --to-topic: run tracker and ranker work on the topic there',
      )
    }
    const backend = await chooseBackend(config.ranker.backend)
    process.stderr.write(`backend: ${backend.note}\n`)
    const world = await openWorld(config, packageVersion())
    try {
      const report = await ingestInto(world, rows, config, backend.name, started)
      if (options.report !== undefined) await writeFile(options.report, `${jsonOf(report, 2)}\n`)
      await print(options.json ? `${jsonOf(report, 2)}\n` : `${renderIngestReport(report)}\n`)
    } finally {
      await world.close()
    }
  } finally {
    // Standard input would keep the process alive.
    await source.return()
  }
}

/** Rows to interactions and bad ones to the dead letters, and nothing else. */
async function ingestToTopic(
  rows: AsyncIterable<DatasetBatch>,
  config: Config,
  asJson: boolean,
  started: number,
): Promise<void> {
  const world = await openWorld(config, packageVersion())
  const progress = createProgress('ingest', 'rows', process.stderr)
  try {
    const counts = await ingest(rows, world, null, config.partitions, (batch, { rows: count }) => {
      progress.update(batch.bytesRead, batch.totalBytes, count)
    })
    progress.stop()
    const rowsPerSecond = Math.round((counts.rows * 1000) / (performance.now() - started))
    if (asJson) await print(`${jsonOf({ ...counts, rowsPerSecond }, 2)}\n`)
    else await print(`${counts.rows} rows, ${counts.known} of them known before; ${rowsPerSecond} rows/s\n`)
  } finally {
    progress.stop()
    await world.close()
  }
}

async function ingestInto(
  world: World,
  source: AsyncIterable<DatasetBatch>,
  config: Config,
  backend: string,
  started: number,
): Promise<IngestReport> {
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
  const progress = createProgress('ingest', 'rows', process.stderr)
  try {
    const before = pipeline.counters()
    const counts = await ingest(source, world, pipeline, config.partitions, (batch, { rows }) => {
      progress.update(batch.bytesRead, batch.totalBytes, rows)
    })
    const wallSeconds = (performance.now() - started) / 1000
    const totals = pipeline.counters()
    const taskNames = config.tasks.map(({ name }) => name)
    return {
      events: counts.rows,
      duplicates: counts.known + totals.duplicates - before.duplicates,
      deadLetters: await countDeadLetters(world.log),
      examples: totals.examples,
      users: totals.users,
      eventsPerSecond: counts.rows / wallSeconds,
      usersByStage: await countUsersByStage(world.log, world.codecs),
      transitions: await countTransitions(world.log, world.codecs),
      tasks: await secondHalfMetrics(world.log, world.codecs, taskNames),
      mode: config.ranker.mode,
      backend,
      wallSeconds,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    }
  } finally {
    progress.stop()
    pipeline.dispose()
  }
}

async function* startingWith(first: IteratorResult<DatasetBatch, void>, rest: Source): Source {
  if (first.done) return
  yield first.value
  yield* rest
}
