import { parseTime } from '../dlq/parse-time.ts'

/** Parser of a command-line option that takes a time: unix ms, or ISO 8601 as parseTime reads it. Unix ms. */
export function moment(option: string, end = false): (text: string) => number {
  return (text) => (/^\d{9,15}$/.test(text) ? Number(text) : parseTime(option, end)(text))
}
