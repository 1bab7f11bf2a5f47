import * as fc from './fast-check.ts'
import type { BundleVersion, SourcePosition } from '../../src/core/contracts/ids.ts'
import { EVENT_TYPES } from '../../src/core/contracts/interaction.ts'
import { ALERT_FAMILIES, ALERT_SEVERITIES, ALERT_STATUSES } from '../../src/core/contracts/lifecycle-alert.ts'
import { ATTENTION_FORMS } from '../../src/core/contracts/model-bundle.ts'
import { STAGES } from '../../src/core/contracts/stage.ts'
import { TRANSITION_REASONS } from '../../src/core/contracts/stage-transition.ts'
import { EXAMPLE_KINDS } from '../../src/core/contracts/training-example.ts'
import type { RecordCodecs } from '../../src/io/schemas/record-codecs.ts'

type RecordOf<Name extends keyof RecordCodecs> = ReturnType<RecordCodecs[Name]['decodeOwn']>

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 80 }))
const id = <Id extends string>() => text as fc.Arbitrary<Id>
const time = fc.integer({ min: -8.64e15, max: 8.64e15 }).filter((ms) => Math.abs(ms) < 2 ** 52)
const double = fc.double()
const int = fc.integer()
// An object cannot carry `__proto__` as an own key the way Avro's reader fills one; parse-interaction refuses it.
const name = text.filter((key) => key !== '__proto__')
const features = fc.dictionary(name, text, { maxKeys: 8, noNullPrototype: true })
const floats = fc.float32Array({ maxLength: 20 })
const ints = fc.int32Array({ maxLength: 20 })
const doubles = fc.array(double, { maxLength: 5 })
const source = fc.record({
  topic: text,
  partition: fc.nat(),
  offset: fc.integer({ min: 0, max: 2 ** 52 }),
}) as fc.Arbitrary<SourcePosition>

const posterior = fc.record({
  task: text,
  trials: double,
  successes: double,
  alpha: double,
  beta: double,
  mean: double,
  lower: double,
  upper: double,
  effectiveSampleSize: double,
  gamma: double,
})
const posteriors = fc.array(posterior, { maxLength: 3 })

/** Any record that the types allow, of every topic. */
export const RECORD_ARBITRARIES: { readonly [Name in keyof RecordCodecs]: fc.Arbitrary<RecordOf<Name>> } = {
  interaction: fc.record(
    {
      eventId: id(),
      userId: id(),
      itemId: id(),
      type: fc.constantFrom(...EVENT_TYPES),
      eventTime: time,
      impressionId: id(),
      value: double,
      outcomes: fc.dictionary(name, double, { maxKeys: 4, noNullPrototype: true }),
      context: features,
      userFeatures: features,
      itemFeatures: features,
    },
    { requiredKeys: ['eventId', 'userId', 'itemId', 'type', 'eventTime', 'context'] },
  ) as fc.Arbitrary<RecordOf<'interaction'>>,
  userState: fc.record({
    userId: id(),
    stage: fc.constantFrom(...STAGES),
    stageProbabilities: doubles,
    since: time,
    dormant: fc.boolean(),
    returned: fc.boolean(),
    tasks: posteriors,
    embedding: floats,
    embeddingVersion: int,
    ruleVersion: text,
    bundleVersion: int,
    eventTime: time,
    firstEventTime: time,
    lastImpressionTime: time,
    activeDays: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    stateTokens: fc.array(int, { maxLength: 8 }).map((ints) => Int32Array.from(ints)),
    stateNumbers: floats,
    source,
  }),
  stageTransition: fc.record({
    userId: id(),
    from: fc.constantFrom(...STAGES),
    to: fc.constantFrom(...STAGES),
    reason: fc.constantFrom(...TRANSITION_REASONS),
    probability: double,
    stageProbabilities: doubles,
    eventTime: time,
    heldForMs: time,
    before: posteriors,
    after: posteriors,
    ruleVersion: text,
    bundleVersion: int,
    source,
  }),
  lifecycleAlert: fc.record({
    kind: text,
    family: fc.constantFrom(...ALERT_FAMILIES),
    status: fc.constantFrom(...ALERT_STATUSES),
    severity: fc.constantFrom(...ALERT_SEVERITIES),
    subject: text,
    message: text,
    evidence: features,
    deduplicationKey: text,
    // What is empty or 0 in version 1 is filled in.
    fingerprint: text.filter((held) => held !== ''),
    startsAt: time.filter((ms) => ms !== 0),
    endsAt: fc.option(time),
    suggestedAction: text,
    runbook: text,
    eventTime: time,
    source,
  }),
  trainingExample: fc.record({
    exampleId: id(),
    userId: id(),
    itemId: id(),
    kind: fc.constantFrom(...EXAMPLE_KINDS),
    weight: double,
    impressionTime: time,
    context: features,
    userFeatures: features,
    itemFeatures: features,
    stage: fc.constantFrom(...STAGES),
    stageProbabilities: doubles,
    stateTokens: ints,
    stateNumbers: floats,
    tasks: fc.array(
      fc.record({
        task: text,
        trial: fc.boolean(),
        label: double,
        rawValue: double,
        pseudoLabel: double,
        alpha: double,
        beta: double,
        effectiveSampleSize: double,
        gamma: double,
        algorithmGamma: double,
        trials: double,
        successes: double,
      }),
      { maxLength: 3 },
    ),
    bundleVersion: int,
    source,
  }),
  prediction: fc.record({
    exampleId: id(),
    userId: id(),
    impressionTime: time,
    stage: fc.constantFrom(...STAGES),
    exampleCount: fc.nat(),
    tasks: fc.array(fc.record({ task: text, trial: fc.boolean(), score: double, label: double }), { maxLength: 3 }),
  }),
  modelBundle: fc.record({
    version: int as unknown as fc.Arbitrary<BundleVersion>,
    mode: text,
    exampleCount: fc.nat(),
    eventTime: time,
    tasks: fc.array(
      fc.record({
        task: text,
        priorAlpha: double,
        priorBeta: double,
        median: double,
        gammaMean: double,
        labelMean: double,
        quantiles: fc.float64Array({ maxLength: 6 }),
      }),
      { maxLength: 3 },
    ),
    extractor: fc.record({
      form: fc.constantFrom(...ATTENTION_FORMS),
      fieldCount: int,
      width: int,
      taskCount: int,
      tokenOffsets: ints,
      tokenEmbeddings: floats,
      query: floats,
      key: floats,
      value: floats,
      pooling: floats,
      headWeights: floats,
      headBias: floats,
    }),
  }),
}
