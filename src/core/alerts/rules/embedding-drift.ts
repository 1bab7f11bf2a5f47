import { monitorRule, NO_VERDICTS } from '../monitor-rule.ts'

/** Weight of a new window in the reference, as of the last 10. */
const WEIGHT = 0.1
const MIN_WINDOWS = 3

interface DriftState {
  count: number
  /** Of the open window, per number of the embedding: sums and sums of squares. */
  sums: number[]
  squares: number[]
  windows: number
  means: number[]
  variances: number[]
}

/** The state embeddings of the users move away from where they were. */
export const EMBEDDING_DRIFT = monitorRule<DriftState>({
  definition: {
    kind: 'embedding-drift',
    family: 'model',
    severity: 'warning',
    coolDownHours: 24,
    fireAfter: 1,
    clearAfter: 2,
    thresholds: {
      maxDrift: {
        default: 2,
        min: 0,
        max: 1000,
        describe: 'Shift of the mean embedding, in the users’ standard deviations, that is too much',
      },
      clearDrift: { default: 1, min: 0, max: 1000, describe: 'Shift at which it is fine again' },
      warmUpBundles: { default: 12, min: 0, max: 1e9, describe: 'Bundles that the extractor must have had' },
      window: { default: 2000, min: 50, max: 1e7, describe: 'Published states of which one mean is worked out' },
    },
    ordered: [['clearDrift', 'maxDrift']],
    watches:
      'The mean state embedding of windows of published states, against a running reference: root mean square over its ' +
      'numbers of the shift in standard deviations. Fires above maxDrift; resolved below clearDrift, or when the reference, ' +
      'which follows slowly, has come there. Programs that read embeddings have to be told of a jump.',
    action:
      'Compare the bundle versions of both windows; whoever keeps embeddings, a candidate index for example, must build them anew.',
  },
  sees: ['state'],
  start: () => ({ count: 0, sums: [], squares: [], windows: 0, means: [], variances: [] }),
  observe: (state, observation, { thresholds }) => {
    if (observation.kind !== 'state') return NO_VERDICTS
    const { embedding, eventTime, bundleVersion, embeddingVersion } = observation.state
    // A young extractor moves with every bundle.
    if (embedding.length === 0 || bundleVersion < thresholds.warmUpBundles) return NO_VERDICTS
    if (state.sums.length !== embedding.length) Object.assign(state, startOf(embedding.length))
    for (let i = 0; i < embedding.length; i++) {
      state.sums[i] += embedding[i]
      state.squares[i] += embedding[i] * embedding[i]
    }
    if (++state.count < thresholds.window) return NO_VERDICTS
    const drift = closeWindow(state)
    if (drift === null) return NO_VERDICTS
    const level = drift > thresholds.maxDrift ? 'breach' : drift <= thresholds.clearDrift ? 'clear' : 'between'
    const evidence = {
      drift: drift.toFixed(3),
      bound: String(thresholds.maxDrift),
      states: String(thresholds.window),
      embeddingVersion: String(embeddingVersion),
      bundleVersion: String(bundleVersion),
    }
    const message = `The mean state embedding has moved by ${evidence.drift} standard deviations`
    return [{ subject: 'population', level, atMs: eventTime, message, evidence }]
  },
})

/** Drift of the full window, which then goes into the reference; null for the first windows. */
function closeWindow(state: DriftState): number | null {
  const { count, sums, squares, means, variances } = state
  const isJudged = state.windows >= MIN_WINDOWS
  state.windows++
  const weight = Math.max(WEIGHT, 1 / state.windows)
  let shift = 0
  for (let i = 0; i < sums.length; i++) {
    const mean = sums[i] / count
    const variance = Math.max(0, squares[i] / count - mean * mean)
    shift += (mean - means[i]) ** 2 / Math.max(variances[i], 1e-6)
    means[i] += weight * (mean - means[i])
    variances[i] += weight * (variance - variances[i])
    sums[i] = 0
    squares[i] = 0
  }
  state.count = 0
  return isJudged ? Math.sqrt(shift / sums.length) : null
}

function startOf(width: number): DriftState {
  const zeros = () => new Array<number>(width).fill(0)
  return { count: 0, sums: zeros(), squares: zeros(), windows: 0, means: zeros(), variances: zeros() }
}
