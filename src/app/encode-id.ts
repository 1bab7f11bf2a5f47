const KEPT = 100_000
let kept = new Map<string, Uint8Array>()

/** UTF-8 of an id. Ids come again and again, so the bytes are kept; do not write to them. */
export function encodeId(id: string): Uint8Array {
  const held = kept.get(id)
  if (held) return held
  if (kept.size >= KEPT) kept = new Map()
  const bytes = Buffer.from(id)
  kept.set(id, bytes)
  return bytes
}
