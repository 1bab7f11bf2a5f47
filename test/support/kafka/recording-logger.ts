import type { KafkaLogger } from '../../../src/io/log/kafka/connect-kafka.ts'

export interface LoggedLine {
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A logger that keeps what it is told. */
export function recordingLogger(): { readonly logger: KafkaLogger; readonly lines: readonly LoggedLine[] } {
  const lines: LoggedLine[] = []
  const at = (level: string) => (fields: Record<string, unknown>, message: string) => {
    lines.push({ level, message, fields })
  }
  return { logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines }
}
