import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { LatencyHistogram } from '../../../src/app/observability/latency-histogram.ts'

test('counts each observation in its bucket and all above, as Prometheus wants it', async () => {
  const histogram = new LatencyHistogram('stan_x_seconds', 'What x takes')
  for (const seconds of [-5, 0.005, 0.006, 2, 99_999]) histogram.observe(seconds)
  const registry = new Registry()
  registry.registerMetric(histogram as never)
  const text = await registry.metrics()
  expect(text).toContain('# TYPE stan_x_seconds histogram\n')
  expect(text).toContain('stan_x_seconds_bucket{le="0.005"} 2\n')
  expect(text).toContain('stan_x_seconds_bucket{le="0.01"} 3\n')
  expect(text).toContain('stan_x_seconds_bucket{le="2.5"} 4\n')
  expect(text).toContain('stan_x_seconds_bucket{le="3600"} 4\n')
  expect(text).toContain('stan_x_seconds_bucket{le="+Inf"} 5\n')
  expect(text).toContain('stan_x_seconds_count 5\n')
  expect(text).toMatch(/^stan_x_seconds_sum 100001\.011$/m)
})
