import type { Decoded } from '../../io/schemas/record-codec.ts'
import type { Interaction } from '../../core/contracts/interaction.ts'
import { textTable } from '../report/text-table.ts'
import { hexDump } from './hex-dump.ts'
import { positionText } from './letter-position.ts'
import type { StoredLetter } from './letters.ts'
import { printable, printableBytes } from './printable.ts'
import { isoTime, summaryOf } from './render-letters.ts'

/** Of a letter's bytes as an interaction; a failure is why they could not be tried. */
export type LetterContent = Decoded<Interaction> | { readonly kind: 'failure'; readonly reason: string }

/** All there is of a letter: what is wrong, its key and headers, its bytes, and what they say where they can be read. */
export function renderLetter(stored: StoredLetter, content: LetterContent): string {
  const { key, headers, letter } = stored
  const { time, replayed, attempt, cause, field, reason, origin } = summaryOf(stored)
  const { bytes, byteLength } = letter
  const named: [string, string][] = [
    ['letter', positionText(stored)],
    ['cause', cause],
    ['field', field === '' ? '–' : field],
    ['reason', reason],
    ['origin', origin],
    ['time', time ?? '–'],
    ['attempt', `${attempt}`],
    ['replayed', replayed ?? '–'],
    ['key', key === null ? '–' : printableBytes(key)],
  ]
  const cut = byteLength > bytes.length ? `, the first of ${byteLength}` : ''
  return [
    ...textTable(
      named.map(([name, value]) => [name, printable(value)]),
      2,
    ),
    '',
    'headers',
    ...indent(
      textTable(
        Object.entries(headers).map(([name, value]) => [printable(name), headerText(name, value)]),
        2,
      ),
    ),
    '',
    `value, ${bytes.length} bytes${cut}`,
    ...indent(hexDump(bytes)),
    '',
    ...renderContent(content),
  ].join('\n')
}

function renderContent(content: LetterContent): string[] {
  if (content.kind !== 'record') return [`not decoded: ${printable(content.reason)}`]
  const lines = JSON.stringify(content.record, null, 2).split('\n')
  return ['decoded', ...indent(lines.map(printable))]
}

/** Spring's numbers are binary, and one of them is a time. */
function headerText(name: string, bytes: Uint8Array): string {
  const value = Buffer.from(bytes)
  if (name === 'kafka_dlt-original-partition' && value.length === 4) return `${value.readInt32BE()}`
  if (name === 'kafka_dlt-original-offset' && value.length === 8) return `${value.readBigInt64BE()}`
  if (name === 'kafka_dlt-original-timestamp' && value.length === 8) {
    const timeMs = Number(value.readBigInt64BE())
    return `${timeMs} (${isoTime(timeMs)})`
  }
  return printableBytes(bytes)
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
