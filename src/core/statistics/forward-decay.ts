/**
 * Exponential decay in forward form (Cormode et al., ICDE 2009). An observation at time t adds weight 2^((t - L) / H)
 * with a landmark L and a half-life H; reading at time now multiplies the sum by 2^(-(now - L) / H). Stored sums never
 * decay in place: additions commute, and an observation can be taken back or turned from failure into success later
 * at the very weight it was added with. Times and H in the same unit; weights are bit-exact across landmarks when the
 * unit makes them integers (milliseconds do).
 */

/** The landmark is at most this many half-lives old: weights stay below 2^32 and sums below 2^53 of them stay finite. */
export const LANDMARK_SPAN = 32

const LOWEST_POWER = -1074
const HIGHEST_POWER = 1023
/** 2^LOWEST_POWER .. 2^HIGHEST_POWER, each exact. */
const POWERS = powersOfTwo()

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(HIGHEST_POWER - LOWEST_POWER + 1)
  let power = 1
  for (let exponent = 0; exponent <= HIGHEST_POWER; exponent++, power *= 2) powers[exponent - LOWEST_POWER] = power
  power = 1
  for (let exponent = 0; exponent >= LOWEST_POWER; exponent--, power /= 2) powers[exponent - LOWEST_POWER] = power
  return powers
}

/** 2^exponent for an integer exponent, exact; 0 below the smallest number, Infinity above the largest. */
function powerOfTwo(exponent: number): number {
  if (exponent < LOWEST_POWER) return 0
  return exponent > HIGHEST_POWER ? Infinity : POWERS[exponent - LOWEST_POWER]
}

/**
 * Weight 2^((time - landmark) / halfLife). The whole half-lives are split off first, so that moving the landmark by n of
 * them changes the weight by exactly 2^-n.
 */
export function decayWeight(time: number, landmark: number, halfLife: number): number {
  const elapsed = time - landmark
  const whole = Math.floor(elapsed / halfLife)
  return powerOfTwo(whole) * Math.exp(Math.LN2 * ((elapsed - whole * halfLife) / halfLife))
}

/** Landmark to use from `now` on: the old one, or, once it is LANDMARK_SPAN old, the last whole half-life before now. */
export function nextLandmark(landmark: number, now: number, halfLife: number): number {
  const whole = Math.floor((now - landmark) / halfLife)
  return whole >= LANDMARK_SPAN ? landmark + whole * halfLife : landmark
}

/**
 * Factor for stored sums when the landmark moves: an exact power of two, so rescaling loses nothing. Throws RangeError
 * when the move is not a whole number of half-lives.
 */
export function rebaseFactor(landmark: number, next: number, halfLife: number): number {
  const halfLives = (next - landmark) / halfLife
  const whole = Math.round(halfLives)
  if (!(Math.abs(halfLives - whole) <= 1e-9 * Math.max(1, Math.abs(whole)))) {
    throw new RangeError(`Cannot move the landmark by ${halfLives} half-lives: only by whole ones`)
  }
  return powerOfTwo(-whole)
}
