/**
 * Mean silhouette of points (N, D) under their labels, Euclidean (Rousseeuw 1987): 1 where each class lies by itself, 0
 * where they overlap. Classes of one point count 0. NaN for fewer than two classes. N^2 distances.
 */
export function silhouette(points: readonly ArrayLike<number>[], labels: readonly number[]): number {
  const sizes = new Map<number, number>()
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1)
  if (sizes.size < 2) return Number.NaN
  let sum = 0
  points.forEach((point, i) => {
    const toClass = new Map<number, number>()
    points.forEach((other, j) => {
      if (i !== j) toClass.set(labels[j], (toClass.get(labels[j]) ?? 0) + distance(point, other))
    })
    const own = sizes.get(labels[i])!
    if (own === 1) return
    const inside = (toClass.get(labels[i]) ?? 0) / (own - 1)
    let outside = Infinity
    for (const [label, far] of toClass) {
      if (label !== labels[i]) outside = Math.min(outside, far / sizes.get(label)!)
    }
    sum += Math.max(inside, outside) > 0 ? (outside - inside) / Math.max(inside, outside) : 0
  })
  return sum / points.length
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let squares = 0
  for (let d = 0; d < a.length; d++) squares += (a[d] - b[d]) ** 2
  return Math.sqrt(squares)
}
