import type { Config } from '../config/config-schema.ts'
import type { Logger } from '../observability/logger.ts'
import { openTracing } from '../observability/open-tracing.ts'
import type { Tracing } from '../observability/tracing.ts'
import type { World } from '../wire.ts'
import { packageVersion } from './package-version.ts'

/** Hands traces, where they are configured, and the log to those who work on the world. The caller closes the traces. */
export async function startTelemetry(config: Config, world: World, logger: Logger): Promise<Tracing> {
  const tracing = await openTracing(config.telemetry, packageVersion())
  if (world.instruments) {
    world.instruments.tracing = tracing
    world.instruments.logger = logger
  }
  return tracing
}
