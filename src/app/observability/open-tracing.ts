import type { TelemetryConfig } from '../config/telemetry-config.ts'
import { NO_TRACING, type Tracing } from './tracing.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'

const CLOSE_WITHIN_MS = 5_000

/**
 * Traces to an OTLP receiver over HTTP; none without an address, and then OpenTelemetry is not even loaded. Throws
 * LifecycleError `invalid-config` where its packages, which are optional, are not installed.
 */
export async function openTracing(telemetry: TelemetryConfig, version: string): Promise<Tracing> {
  const { otlpEndpoint, serviceName, sampleShare } = telemetry
  if (otlpEndpoint === '') return NO_TRACING
  const { api, sdk, exporter, resources } = await load()
  const { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } = sdk
  const url = `${otlpEndpoint.replace(/\/$/, '')}/v1/traces`
  const provider = new TracerProvider({
    resource: resources.resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    // A trace that comes from outside is kept or not as its beginning says.
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleShare) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new exporter.OTLPTraceExporter({ url }) })],
  })
  const tracer = provider.getTracer('stan-lifecycle', version)
  return {
    isOn: true,
    begin: (name, attributes, parent = null) => {
      const above =
        parent === null
          ? api.ROOT_CONTEXT
          : api.trace.setSpanContext(api.ROOT_CONTEXT, {
              traceId: parent.traceId,
              spanId: parent.spanId,
              traceFlags: parent.isSampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE,
              isRemote: true,
            })
      const span = tracer.startSpan(name, { attributes }, above)
      const { traceId, spanId, traceFlags } = span.spanContext()
      return {
        parent: { traceId, spanId, isSampled: (traceFlags & api.TraceFlags.SAMPLED) !== 0 },
        end: (more = {}, failure?: string) => {
          span.setAttributes(more)
          if (failure !== undefined) {
            span.setStatus({ code: api.SpanStatusCode.ERROR, message: failure })
          }
          span.end()
        },
      }
    },
    close: async () => {
      // A receiver that is down must not hold the process.
      const given = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS).unref())
      await Promise.race([provider.shutdown().catch(() => {}), given])
    },
  }
}

async function load() {
  try {
    const [api, sdk, exporter, resources] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ])
    return { api, sdk, exporter, resources }
  } catch (error) {
    const state = 'telemetry.otlpEndpoint is set, and the optional packages @opentelemetry/* are not installed'
    throw new LifecycleError('invalid-config', `Cannot send traces: ${state}`, { cause: error })
  }
}
