import pino from 'pino'
import type { Config } from '../config/config-schema.ts'

export type Logger = pino.Logger

/** JSON lines on standard error, so that standard output stays free for what a program reads. */
export function createLogger(level: Config['logLevel']): Logger {
  return pino({ level, base: undefined }, pino.destination({ fd: 2, sync: true }))
}
