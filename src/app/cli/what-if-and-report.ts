import { writeFile } from 'node:fs/promises'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { TrackerSettings } from '../../core/contracts/tracker-settings.ts'
import { readManifest } from '../../io/data-folder/manifest.ts'
import { rankerSettingsOf } from '../config/compile-config.ts'
import type { Config } from '../config/config-schema.ts'
import { HistoryReader } from '../replay/history-reader.ts'
import { chooseBackend } from '../tensor-backend.ts'
import { TOPICS } from '../topics.ts'
import { presetOfFolder, presetOfSettings } from '../what-if/recorded-preset.ts'
import { renderWhatIf } from '../what-if/render-what-if.ts'
import { readChange } from '../what-if/settings-change.ts'
import { whatIf, type WhatIfOptions } from '../what-if/what-if.ts'
import { whatIfPage } from '../what-if/what-if-page.ts'
import { openWorldAsFound, scratchStore, type World } from '../wire.ts'
import { configOf } from './config-options.ts'
import { jsonOf } from './json-of.ts'
import { print } from './output.ts'
import { requireWritable } from './require-writable.ts'
import type { WhatIfCommandOptions } from './what-if-command.ts'

/** Compares the present with another world: prints a table, and writes JSON and HTML where they are asked for. */
export async function whatIfAndReport(options: WhatIfCommandOptions): Promise<void> {
  const { mode: _mode, ...configOptions } = options
  const { rules, posterior, json, html, from = -Infinity, to = Infinity, sample } = options
  if (json !== undefined) await requireWritable('--json', json)
  if (html !== undefined) await requireWritable('--html', html)
  const given = await configOf(configOptions)
  const world = await openWorldAsFound(given)
  const started = performance.now()
  try {
    const settings = await settingsInUse(world)
    const change = await readChange(settings, { rules, posterior })
    const made = given.log === 'kafka' ? null : await readManifest(given.dataDir)
    const preset = made ? presetOfFolder(settings, made.settings) : presetOfSettings(settings)
    const config = await configOf(configOptions, preset)
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
    })
    if (json !== undefined) await writeFile(json, `${jsonOf(result, 2)}\n`)
    if (html !== undefined) await writeFile(html, whatIfPage(result))
    const seconds = ((performance.now() - started) / 1000).toFixed(0)
    await print(`${renderWhatIf(result)}\n\nreplayed in ${seconds} s\n`)
  } finally {
    await world.close()
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
