import { rankerSettingsOf } from '../config/compile-config.ts'
import type { Config } from '../config/config-schema.ts'
import { SILENT, type World, type WorldLogger } from '../wire.ts'
import { Trainer } from './trainer.ts'

/** Group of the main ranker's positions, and of its writer; that of a shadow has its name behind it. */
export const RANKER_GROUP = 'ranker'

/** The configured ranker, from its latest checkpoint on. */
export function openTrainer(
  config: Config,
  { log, codecs, instruments }: World,
  logger: WorldLogger = SILENT,
): Promise<Trainer> {
  const { bundleEvery, bundleGuard, shadow } = config.ranker
  return Trainer.open({
    log,
    codecs,
    instruments,
    settings: rankerSettingsOf(config),
    group: shadow === '' ? RANKER_GROUP : `${RANKER_GROUP}-${shadow}`,
    partitions: config.partitions,
    bundleEvery,
    bundleGuard,
    shadow: shadow === '' ? undefined : shadow,
    logger,
  })
}
