import type { TraceParent } from './traceparent.ts'

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** A span that has begun. */
export interface OpenSpan {
  /** For those that belong below it. */
  readonly parent: TraceParent
  /** With a failure the span counts as failed. */
  end(attributes?: SpanAttributes, failure?: string): void
}

/** Traces of a process; what a trace begins with decides whether it is kept. */
export interface Tracing {
  /** False where nobody wants traces: then there is nothing to do for them. */
  readonly isOn: boolean
  /** Begins a span below another one, which may be of another process, or as the root of a trace. Null when it is off. */
  begin(name: string, attributes: SpanAttributes, parent?: TraceParent | null): OpenSpan | null
  /** Sends what is left. */
  close(): Promise<void>
}

export const NO_TRACING: Tracing = { isOn: false, begin: () => null, close: async () => {} }

/** Runs work within a span. */
export async function traced<T>(span: OpenSpan | null, work: () => Promise<T>): Promise<T> {
  if (span === null) return work()
  try {
    const result = await work()
    span.end()
    return result
  } catch (error) {
    span.end({}, String(error))
    throw error
  }
}
