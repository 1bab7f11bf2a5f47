/** Header of W3C Trace Context: version, trace id, id of the parent's span, flags. */
export const TRACEPARENT = 'traceparent'

const FORM = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)
const SAMPLED = 1

export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  readonly isSampled: boolean
}

/** What a header says; null where it is missing, or not of the form. */
export function readTraceparent(header: Uint8Array | string | undefined): TraceParent | null {
  if (header === undefined || header.length !== 55) return null
  const text = typeof header === 'string' ? header : Buffer.from(header).toString('latin1')
  const [, traceId, spanId, flags] = FORM.exec(text) ?? []
  if (traceId === undefined || traceId === NO_TRACE || spanId === NO_SPAN) return null
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED }
}
