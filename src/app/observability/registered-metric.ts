import { Counter, Gauge, type Registry } from 'prom-client'

type Labels = Record<string, string>
export type SetValue = (value: number, labels?: Labels) => void

/** A metric whose values are worked out when they are asked for: nothing is spent on the way of an event. */
export interface AskedMetric<Source> {
  /** A counter when it ends in `_total`, else a gauge. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
  readonly collect: (source: Source, set: SetValue) => void | Promise<void>
}

/** `collect` sets every value anew: partitions that another instance has now are not ours to report. */
export function registerMetric<Source>(registry: Registry, source: Source, asked: AskedMetric<Source>): void {
  const { name, help, labels = [], collect } = asked
  const Metric = name.endsWith('_total') ? Counter : Gauge
  const metric = new Metric({
    name,
    help,
    labelNames: [...labels],
    registers: [],
    async collect() {
      metric.reset()
      if (labels.length === 0) metric.remove()
      await collect(source, (value, of = {}) => metric.inc(of, value))
    },
  })
  registry.registerMetric(metric)
}
