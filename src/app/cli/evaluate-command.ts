import { type Command, Option } from 'commander'
import { MODE_NAMES } from '../../core/ranker/modes/mode-names.ts'
import { ABLATIONS } from '../evaluate/ablations.ts'
import { requireDay, requireOrder } from '../evaluate/days.ts'
import { evaluationData } from '../evaluate/evaluation-data.ts'
import { STUDIES, type Study } from '../evaluate/evaluation-report.ts'
import { JUDGED_DAYS, type JudgedDays, type Protocol } from '../evaluate/run-protocol.ts'
import { parseSyncs } from '../evaluate/sync-intervals.ts'
import { parseVariants, requireNamedOnce, settingsOfVariant } from '../evaluate/variant.ts'
import { addSettingOptions, backendOption, type ConfigOptions, configOf } from './config-options.ts'
import { wholeNumber } from './whole-number.ts'

interface EvaluateOptions extends ConfigOptions {
  readonly data: string
  readonly from?: string
  readonly to?: string
  readonly modes: string
  readonly ablations?: boolean
  readonly base?: string
  readonly trainTo?: string
  readonly validTo?: string
  readonly judge: JudgedDays
  readonly seeds: number
  readonly prequential?: boolean
  readonly sync?: string
  readonly resamples: number
  readonly workers?: number
  readonly work: string
  readonly study: string
  readonly json?: string
  readonly html?: string
}

export function addEvaluateCommand(program: Command): void {
  addSettingOptions(
    program
      .command('evaluate')
      .description('Train ranker modes on the same examples and compare them: tables, JSON, a report with plots'),
  )
    .requiredOption(
      '--data <kind:place>',
      'data set: kuairand:DIR, wechat:DIR, kuailive:DIR, jsonl:FILE of interactions, simulated:users=N,days=N,seed=N',
    )
    .option('--from <date>', 'first day to read, yyyy-mm-dd; of kuairand and kuailive')
    .option('--to <date>', 'last day to read')
    .option('--modes <list>', `all, or with commas: ${MODE_NAMES.join(', ')}, or MODE{key=value,..}`, 'ple,stan')
    .option('--ablations', 'also the committed rows that add one ingredient after the other')
    .option('--base <mode>', 'what the others are compared with; the first one')
    .option('--train-to <date>', 'last training day; the fourth from the end')
    .option('--valid-to <date>', 'last validation day, the days after it are the test; the third from the end')
    .addOption(
      new Option('--judge <days>', 'days that are judged; choose with valid').choices(JUDGED_DAYS).default('test'),
    )
    .option('--seeds <n>', 'runs of each mode with different seeds', wholeNumber('--seeds', 1), 1)
    .option('--prequential', 'also one pass in stream order, predict then train, judged on the second half')
    .option('--sync <list>', 'also a serving copy that is refreshed every N examples, hour, day, or never')
    .option('--resamples <n>', 'resamples of users behind the intervals', wholeNumber('--resamples', 1), 400)
    .option('--workers <n>', 'processes; one for each core', wholeNumber('--workers', 1))
    .option('--work <dir>', 'folder of examples and finished runs, from which a run goes on', 'stan-evaluation')
    .addOption(backendOption())
    .option('--study <list>', `all, none, or with commas: ${STUDIES.join(', ')}`, 'all')
    .option('--json <file>', 'write the result as JSON')
    .option('--html <file>', 'write a report with plots, one file that loads nothing')
    .action(evaluateWith)
}

async function evaluateWith(options: EvaluateOptions): Promise<void> {
  const { seeds, judge, resamples, workers, work, json, html } = options
  const data = evaluationData(options.data, { from: options.from, to: options.to })
  if (options.trainTo !== undefined) requireDay('--train-to', options.trainTo)
  if (options.validTo !== undefined) requireDay('--valid-to', options.validTo)
  requireOrder(options)
  const parsed = [...parseVariants(options.modes), ...(options.ablations ? ABLATIONS : [])]
  requireNamedOnce(parsed)
  const base = options.base ?? parsed[0].name
  if (!parsed.some(({ name }) => name === base)) {
    throw new RangeError(`Cannot compare with ${base}: it is not among ${parsed.map(({ name }) => name).join(', ')}`)
  }
  const syncs = options.sync === undefined ? [] : parseSyncs(options.sync)
  const protocols: Protocol[] = ['split']
  if (options.prequential) protocols.push('prequential')
  if (syncs.length > 0) protocols.push('sync')
  const config = await configOf(options, data.preset)
  const variants = []
  for (const variant of parsed) {
    const set = [...(options.set ?? []), ...settingsOfVariant(variant)]
    variants.push({ variant, config: await configOf({ ...options, set }, data.preset) })
  }
  const { evaluateAndPrint } = await import('./evaluate-and-print.ts')
  await evaluateAndPrint({
    source: options.data,
    data,
    config,
    variants,
    protocols,
    syncs,
    base,
    judge,
    seeds,
    resamples,
    work,
    json,
    html,
    studies: studiesOf(options.study),
    days: { trainTo: options.trainTo, validTo: options.validTo },
    workers: workers ?? null,
  })
}

function studiesOf(list: string): readonly Study[] {
  if (list === 'all') return STUDIES
  if (list === 'none') return []
  return list.split(',').map((part) => {
    const study = STUDIES.find((known) => known === part.trim())
    if (study) return study
    throw new RangeError(
      `Cannot use --study ${part.trim() || 'nothing'}: the studies are ${STUDIES.join(', ')}; or all, or none`,
    )
  })
}
