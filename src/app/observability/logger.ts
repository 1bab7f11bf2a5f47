import pino from 'pino'
import type { Config } from '../config/config-schema.ts'
import { LogSampler } from './log-sampler.ts'

export type Logger = pino.Logger

/** Where lines go; a test may name another place. */
const STANDARD_ERROR = 2

/**
 * JSON lines on standard error, so that standard output stays free for what a program reads. Of equal lines, by level and
 * text, each window has the first ones and a count of the rest.
 */
export function createLogger(
  level: Config['logLevel'],
  telemetry?: Pick<Config['telemetry'], 'logRepeats' | 'logWindowSeconds'>,
  destination: pino.DestinationStream = pino.destination({ fd: STANDARD_ERROR, sync: true }),
): Logger {
  if (!telemetry) return pino({ level, base: undefined }, destination)
  const windowMs = telemetry.logWindowSeconds * 1000
  const sampler = new LogSampler<{ readonly level: number; readonly text: string }>(telemetry.logRepeats, windowMs)
  const logger = pino(
    {
      level,
      base: undefined,
      hooks: {
        logMethod(args, method, lineLevel) {
          const text = args.findLast((arg) => typeof arg === 'string') ?? ''
          if (sampler.admit(`${lineLevel} ${text}`, { level: lineLevel, text }, Date.now())) method.apply(this, args)
        },
      },
    },
    destination,
  )
  const counts = pino({ level, base: undefined }, destination)
  setInterval(() => {
    for (const { line, count } of sampler.leftOut(Date.now())) {
      const name = (pino.levels.labels[line.level] ?? 'info') as pino.Level
      counts[name]({ leftOut: count, windowSeconds: telemetry.logWindowSeconds }, line.text)
    }
  }, windowMs).unref()
  return logger
}
