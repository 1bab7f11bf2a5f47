const CAPACITY = 64

/** Values of a whole run at even distances: when it is full, every other value goes and the distance doubles. */
export class Trend {
  private kept: number[] = []
  private distance = 1
  private seen = 0

  get values(): readonly number[] {
    return this.kept
  }

  /** NaN, a value that is not known yet, is left out. */
  add(value: number): void {
    if (Number.isNaN(value) || this.seen++ % this.distance !== 0) return
    this.kept.push(value)
    if (this.kept.length < CAPACITY) return
    this.kept = this.kept.filter((_, i) => i % 2 === 0)
    this.distance *= 2
  }
}
