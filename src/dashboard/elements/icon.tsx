/** Outlines on a grid of 24. */
const PATHS = {
  overview: 'M4 19V9m5 10V5m5 14v-7m5 7V8',
  transitions: 'M4 7h11m0 0-3-3m3 3-3 3M20 17H9m0 0 3 3m-3-3 3-3',
  retention: 'M4 4h16v16H4zM4 9.3h16M4 14.6h16M9.3 4v16M14.6 4v16',
  states: 'M6 7.5h.01M11 5h.01M17 8h.01M8.5 12h.01M14 13h.01M18.5 15.5h.01M6 17h.01M12 18.5h.01',
  user: 'M12 11.5a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5zM4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.700 1.900 7.500 5.500',
  model: 'M4 19c4 0 4-12 8-12s4 7 8 7M4 4v15h16',
  operations: 'M3 12h4l3-7 4 14 3-7h4',
  download: 'M12 4v11m0 0-4-4m4 4 4-4M5 20h14',
  table: 'M4 5h16v14H4zM4 10h16M10 10v9',
  chart: 'M5 19V11m7 8V5m7 14v-5',
  close: 'M6 6l12 12M18 6 6 18',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zm5-2 4.500 4.500',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v2m0 14v2M3 12h2m14 0h2M5.600 5.600 7 7m10 10 1.400 1.400M5.600 18.400 7 17M17 7l1.400-1.400',
  moon: 'M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z',
  system: 'M4 5h16v11H4zM9 20h6m-3-4v4',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
