import { writeFile } from 'node:fs/promises'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { TrackerSettings } from '../../core/contracts/tracker-settings.ts'
import { readKuairand } from '../../io/datasets/kuairand-reader.ts'
import { readManifest } from '../../io/data-folder/manifest.ts'
import { rankerSettingsOf } from '../config/compile-config.ts'
import type { Config } from '../config/config-schema.ts'
import { KUAIRAND_PRESET } from '../config/kuairand-preset.ts'
import { ingest } from '../ingest/ingest.ts'
import { Pipeline } from '../pipeline.ts'
import { HistoryReader } from '../replay/history-reader.ts'
import { chooseBackend } from '../tensor-backend.ts'
import { TOPICS } from '../topics.ts'
import { presetOfFolder, presetOfSettings } from '../what-if/recorded-preset.ts'
import { renderWhatIf } from '../what-if/render-what-if.ts'
import { readChange } from '../what-if/settings-change.ts'
import { whatIf, type WhatIfOptions } from '../what-if/what-if.ts'
import { whatIfPage } from '../what-if/what-if-page.ts'
import { memoryWorld, openWorldAsFound, scratchStore, type World } from '../wire.ts'
import { type ConfigOptions, configOf } from './config-options.ts'
import { jsonOf } from './json-of.ts'
import { print } from './output.ts'
import { createProgress } from './progress.ts'
import { requireWritable } from './require-writable.ts'
import type { WhatIfCommandOptions } from './what-if-options.ts'

/** Compares the present with another world: prints a table, and writes JSON and HTML where they are asked for. */
export async function whatIfAndReport(options: WhatIfCommandOptions): Promise<void> {
  const { mode: _mode, ...configOptions } = options
  const { data, rules, posterior, json, html, from = -Infinity, to = Infinity, sample } = options
  if (json !== undefined) await requireWritable('--json', json)
  if (html !== undefined) await requireWritable('--html', html)
  const given = await configOf(configOptions, data === undefined ? undefined : KUAIRAND_PRESET)
  const world = data === undefined ? await openWorldAsFound(given) : await kuairandWorld(given, data)
  const started = performance.now()
  const progress = createProgress('what-if', 'records', process.stderr)
  try {
    const settings = await settingsInUse(world)
    const change = await readChange(settings, { rules, posterior })
    const config = data === undefined ? await recordedConfig(given, configOptions, settings) : given
    const ranker = options.ranker ? await otherRanker(world, config, options.mode) : null
    const { log, codecs } = world
    const result = await whatIf({
      log,
      codecs,
      scratch: scratchStore,
      change,
      ranker,
      fromMs: from,
      toMs: to,
      sample,
      onProgress: (done, total) => progress.update(done, total, done),
    })
    progress.stop()
    if (json !== undefined) await writeFile(json, `${jsonOf(result, 2)}\n`)
    if (html !== undefined) await writeFile(html, whatIfPage(result))
    const seconds = ((performance.now() - started) / 1000).toFixed(0)
    await print(`${renderWhatIf(result)}\n\nreplayed in ${seconds} s\n`)
  } finally {
    progress.stop()
    await world.close()
  }
}

/** The configuration with what the data folder was made with for its presets. */
async function recordedConfig(given: Config, options: ConfigOptions, settings: TrackerSettings): Promise<Config> {
  const made = given.log === 'kafka' ? null : await readManifest(given.dataDir)
  return configOf(options, made ? presetOfFolder(settings, made.settings) : presetOfSettings(settings))
}

/** KuaiRand tracked, and trained on, in memory: nothing of it stays. */
async function kuairandWorld(config: Config, data: string): Promise<World> {
  await chooseBackend(config.ranker.backend)
  // One partition, since only a partition has an order.
  const single: Config = { ...config, partitions: 1 }
  const world = await memoryWorld(single)
  const progress = createProgress('ingest', 'rows', process.stderr)
  const pipeline = await Pipeline.open(single, world, { tracker: true, ranker: true })
  try {
    await ingest(readKuairand(data.slice('kuairand:'.length)), world, pipeline, 1, (batch, { rows }) => {
      progress.update(batch.bytesRead, batch.totalBytes, rows)
    })
    return world
  } finally {
    progress.stop()
    pipeline.dispose()
  }
}

/** Those of the newest stretch of the first partition that has one. */
async function settingsInUse({ log }: World): Promise<TrackerSettings> {
  const partitions = log.topics().find(({ name }) => name === TOPICS.interactions)?.partitions ?? 0
  for (let partition = 0; partition < partitions; partition++) {
    const history = new HistoryReader(log, partition)
    await history.follow()
    const last = history.stretches().at(-1)
    if (last) return last.settings
  }
  throw new LifecycleError('no-history', 'Cannot tell what if: nothing has been tracked here')
}

/** Null where no ranker has published a prediction, so that there is nothing to compare with. */
async function otherRanker({ log }: World, config: Config, mode?: string): Promise<WhatIfOptions['ranker']> {
  if ((await log.endOffset(TOPICS.predictions, 0)) === 0) {
    if (mode === undefined) return null
    throw new LifecycleError(
      'no-history',
      `Cannot compare ranker mode ${mode}: no predictions have been published here`,
    )
  }
  await chooseBackend(config.ranker.backend)
  const present = config.ranker.mode
  const changed = { ...config, ranker: { ...config.ranker, mode: (mode ?? present) as typeof present } }
  return { present, settings: rankerSettingsOf(changed) }
}
