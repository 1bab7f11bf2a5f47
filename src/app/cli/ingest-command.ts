import type { Command } from 'commander'
import { stat } from 'node:fs/promises'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { addConfigOptions, addRankerOptions, type ConfigOptions, configOf } from './config-options.ts'
import { requireSubcommand } from './subcommands.ts'

interface IngestOptions extends ConfigOptions {
  readonly report?: string
  readonly json?: boolean
  readonly toTopic?: boolean
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
      const { readKuairand } = await import('../../io/datasets/kuairand-reader.ts')
      const { KUAIRAND_PRESET } = await import('../config/kuairand-preset.ts')
      const source = readKuairand(dir, { from: options.from, to: options.to })
      const config = await configOf(options, KUAIRAND_PRESET)
      const { ingestAndReport } = await import('./ingest-and-report.ts')
      await ingestAndReport(source, config, options)
    })
  addIngestOptions(
    command
      .command('jsonl <file>')
      .description('Interaction records, one JSON object a line; gzip accepted, - is standard input'),
  ).action(async (file: string, options: IngestOptions) => {
    const config = await configOf(options)
    await refuseEmptyGzip(file)
    const { readJsonl } = await import('../../io/datasets/jsonl-reader.ts')
    const { ingestAndReport } = await import('./ingest-and-report.ts')
    await ingestAndReport(readJsonl(file), config, { ...options, isLive: file === '-' })
  })
  requireSubcommand(command, 'ingest')
}

function addIngestOptions(command: Command): Command {
  return addRankerOptions(addConfigOptions(command))
    .option('--report <file>', 'write the closing report as JSON')
    .option('--json', 'print the closing report as JSON')
    .option('--to-topic', 'only append the rows to interactions; trackers elsewhere work on them')
}

/** No gzip file has 0 bytes: such a one was cut off at its start, and is no empty list of records. */
async function refuseEmptyGzip(file: string): Promise<void> {
  if (!file.endsWith('.gz')) return
  const status = await stat(file).catch(() => null)
  if (status?.isFile() && status.size === 0) {
    throw new LifecycleError('unreadable-file', `Cannot read ${file}: it has 0 bytes, which is no gzip data`)
  }
}
