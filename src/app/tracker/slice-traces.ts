import type { LogSlice, OutputRecord, ReadRecord } from '../../io/log/log.ts'
import { readTraceparent, TRACEPARENT } from '../observability/traceparent.ts'
import type { OpenSpan, Tracing } from '../observability/tracing.ts'

interface SliceSpans {
  readonly slice: OpenSpan | null
  /** Of the inputs that came with a trace that is kept: parts of that one. */
  readonly inputs: readonly OpenSpan[]
}

/** Begins the trace of a slice, and a span in each trace that an input brings along. */
export function beginSlice(tracing: Tracing, partition: number, { records, nextOffset }: LogSlice): SliceSpans {
  const place = { 'stan.partition': partition, 'stan.offset': records[0]?.offset ?? nextOffset }
  const slice = tracing.begin('tracker slice', { ...place, 'stan.records': records.length })
  const inputs = records.flatMap(({ offset, headers }) => {
    const parent = readTraceparent(headers?.[TRACEPARENT])
    if (!parent?.isSampled) return []
    const span = tracing.begin('track interaction', { 'stan.partition': partition, 'stan.offset': offset }, parent)
    return span ? [span] : []
  })
  return { slice, inputs }
}

/**
 * An output with the traceparent header of the input that it came from, byte for byte: a replay writes the same. A timer
 * fires with another user's record, whose trace this is not.
 */
export function withTraceOf(input: ReadRecord, output: OutputRecord): OutputRecord {
  const traceparent = input.headers?.[TRACEPARENT]
  if (!traceparent || !input.key || !output.key || Buffer.compare(input.key, output.key) !== 0) return output
  return { ...output, headers: { ...output.headers, [TRACEPARENT]: traceparent } }
}

/** The traceparent of each user's last input that has one. */
export function tracesByUser(inputs: readonly ReadRecord[]): ReadonlyMap<string, Uint8Array> {
  const traces = new Map<string, Uint8Array>()
  for (const { key, headers } of inputs) {
    const traceparent = headers?.[TRACEPARENT]
    if (key && traceparent) traces.set(Buffer.from(key).toString(), traceparent)
  }
  return traces
}
