import type { Command } from 'commander'
import { writeFile } from 'node:fs/promises'
import { readKuairand } from '../../io/datasets/kuairand-reader.ts'
import type { Config } from '../config/config-schema.ts'
import { RANKER_MODE_NAMES } from '../config/config-schema.ts'
import { rankerSettingsOf } from '../config/compile-config.ts'
import { KUAIRAND_PRESET } from '../config/kuairand-preset.ts'
import { collectExamples } from '../evaluate/collect-examples.ts'
import { evaluate } from '../evaluate/evaluation.ts'
import { renderEvaluation } from '../evaluate/render-evaluation.ts'
import { PROTOCOLS } from '../evaluate/run-protocol.ts'
import { chooseBackend } from '../tensor-backend.ts'
import { addConfigOptions, type ConfigOptions, configOf } from './config-options.ts'
import { jsonOf } from './json-of.ts'
import { createProgress } from './progress.ts'
import { wholeNumber } from './whole-number.ts'

interface EvaluateOptions extends ConfigOptions {
  readonly data: string
  readonly modes: string
  readonly trainTo: string
  readonly validTo: string
  readonly seeds: number
  readonly prequential?: boolean
  readonly json?: string
}

/** KuaiRand's days are days of UTC+8. */
const KUAIRAND_UTC_OFFSET = '+08:00'
const DAY_MS = 86_400_000

export function addEvaluateCommand(program: Command): void {
  addConfigOptions(
    program.command('evaluate').description('Train ranker modes on the same examples and compare them: table, JSON'),
  )
    .requiredOption('--data <kind:dir>', 'data set, for example kuairand:DIR')
    .option('--modes <list>', 'modes, comma-separated', RANKER_MODE_NAMES.join(','))
    .requiredOption('--train-to <date>', 'last training day, yyyy-mm-dd')
    .requiredOption('--valid-to <date>', 'last validation day; the days after it are the test')
    .option('--seeds <n>', 'runs of each mode with different seeds', wholeNumber('--seeds', 1), 1)
    .option('--prequential', 'also one pass in stream order, predict then train, judged on the second half')
    .option('--backend <backend>', 'TensorFlow.js backend: auto, native, wasm or plain')
    .option('--json <file>', 'write the result as JSON')
    .action(async (options: EvaluateOptions) => {
      const modes = modesOf(options.modes)
      const bounds = {
        trainEndMs: endOfDay('--train-to', options.trainTo),
        validEndMs: endOfDay('--valid-to', options.validTo),
      }
      if (bounds.validEndMs < bounds.trainEndMs) {
        throw new RangeError(
          `Cannot validate to ${options.validTo}: that is before the last training day ${options.trainTo}`,
        )
      }
      const config = await configOf(options, KUAIRAND_PRESET)
      const backend = await chooseBackend(config.ranker.backend)
      process.stderr.write(`backend: ${backend.note}\n`)

      const collecting = createProgress('examples', 'rows', process.stderr, () => performance.now())
      const examples = await collectExamples(readKuairand(kuairandDir(options.data)), config, (batch, { rows }) => {
        collecting.update(batch.bytesRead, batch.totalBytes, rows)
      })
      collecting.stop()
      requireRows(examples.length, examples.filter(({ impressionTime }) => impressionTime >= bounds.validEndMs).length)

      const protocols = options.prequential ? PROTOCOLS : (['split'] as const)
      const total = examples.length * modes.length * options.seeds * protocols.length
      const training = createProgress('training', 'examples', process.stderr, () => performance.now())
      let done = 0
      const result = evaluate(
        examples,
        { modes, seeds: options.seeds, protocols, bounds, settingsOf: (mode, seed) => settingsOf(config, mode, seed) },
        (count) => training.update((done += count), Math.max(total, done), done),
      )
      training.stop()
      if (options.json !== undefined) await writeFile(options.json, `${jsonOf(result, 2)}\n`)
      process.stdout.write(`${renderEvaluation(result)}\n`)
    })
}

function settingsOf(config: Config, mode: string, seed: number) {
  return rankerSettingsOf({ ...config, seed, ranker: { ...config.ranker, mode: mode as Config['ranker']['mode'] } })
}

function modesOf(list: string): string[] {
  const modes = list.split(',').map((mode) => mode.trim())
  const unknown = modes.find((mode) => !(RANKER_MODE_NAMES as readonly string[]).includes(mode))
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot evaluate mode ${JSON.stringify(unknown)}: the modes are ${RANKER_MODE_NAMES.join(', ')}`,
    )
  }
  return modes
}

function kuairandDir(data: string): string {
  const [kind, ...rest] = data.split(':')
  if (kind !== 'kuairand' || rest.length === 0) {
    throw new RangeError(`Cannot evaluate on ${data}: write kuairand:DIR`)
  }
  return rest.join(':')
}

function endOfDay(option: string, date: string): number {
  const start = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00${KUAIRAND_UTC_OFFSET}`) : Number.NaN
  if (Number.isNaN(start)) throw new RangeError(`Cannot use ${option} ${date}: it is not a day of the form yyyy-mm-dd`)
  return start + DAY_MS
}

function requireRows(rows: number, testRows: number): void {
  if (rows === 0) throw new RangeError('Cannot evaluate: the data set has no rows')
  if (testRows === 0) throw new RangeError('Cannot evaluate: no row lies after the last validation day')
}
