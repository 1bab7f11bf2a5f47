import { useEffect, useRef, useState } from 'preact/hooks'
import { followEvents } from './follow-events.ts'
import type { ServerEvent } from './sse-parser.ts'

/** Events are handed over in groups: as often as a person can follow. */
const GROUP_MS = 400

/** Calls back with the events of a stream while the component is shown. Returns whether the stream is open. */
export function useEvents(path: string | null, onEvents: (events: readonly ServerEvent[]) => void): boolean {
  const [isOpen, setOpen] = useState(false)
  const sink = useRef(onEvents)
  sink.current = onEvents

  useEffect(() => {
    if (path === null) return
    const abort = new AbortController()
    let waiting: ServerEvent[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const flush = (): void => {
      timer = undefined
      const group = waiting
      waiting = []
      sink.current(group)
    }
    const onGroup = (events: readonly ServerEvent[]): void => {
      waiting.push(...events)
      timer ??= setTimeout(flush, GROUP_MS)
    }
    void followEvents(path, { onEvents: onGroup, onOpen: setOpen }, abort.signal)
    return () => {
      abort.abort()
      clearTimeout(timer)
      setOpen(false)
    }
  }, [path])
  return isOpen
}
