/** Grey boxes where cards will be. */
export function Skeleton({ what, heights }: { readonly what: string; readonly heights: readonly number[] }) {
  return (
    <div class="grid" role="status" aria-label={`Loading ${what}`}>
      {heights.map((height, i) => (
        <div key={i} class="card card-wide skeleton" style={{ height: `${height}px` }} />
      ))}
    </div>
  )
}
