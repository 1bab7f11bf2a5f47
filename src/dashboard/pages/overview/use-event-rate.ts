import { useEffect, useRef, useState } from 'preact/hooks'
import type { OperationsAnswer } from '../../api/answers.ts'
import { useAnswer } from '../../api/use-answer.ts'

const EVERY_MS = 2000

/** Interactions per second, from two readings of the topic's length; null until there are two. */
export function useEventRate(): number | null {
  const { answer } = useAnswer<OperationsAnswer>('/v1/operations', EVERY_MS)
  const earlier = useRef<{ readonly records: number; readonly atMs: number } | null>(null)
  const [rate, setRate] = useState<number | null>(null)
  useEffect(() => {
    const records = answer?.topics.find(({ topic }) => topic.endsWith('interactions'))?.records
    if (records === undefined) return
    const atMs = performance.now()
    const { current } = earlier
    if (current) setRate(Math.max(0, (records - current.records) / ((atMs - current.atMs) / 1000)))
    earlier.current = { records, atMs }
  }, [answer])
  return rate
}
