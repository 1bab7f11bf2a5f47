import { z } from 'zod'
import { ATTENTION_FORMS } from '../../core/contracts/model-bundle.ts'
import { EVENT_TYPES } from '../../core/contracts/interaction.ts'
import { LABEL_KINDS } from '../../core/contracts/task-definition.ts'
import { EVIDENCE_KINDS, POSTERIOR_MODES, STAGE_RULES, WEIGHT_KINDS } from '../../core/contracts/tracker-settings.ts'
import { MODE_NAMES } from '../../core/ranker/modes/mode-names.ts'
import { TASK_WEIGHTS } from '../../core/ranker/ranker-settings.ts'
import { memoryConfig } from './memory-config.ts'
import { telemetryConfig } from './telemetry-config.ts'
import { retentionConfig } from './retention-config.ts'
import { policyConfig } from './policy-config.ts'
import { alertContradictionsOf, alertsConfig } from './alerts-config.ts'
import { rankingConfig, rankingContradictionsOf } from './ranking-config.ts'
import { verificationConfig } from './verification-config.ts'
import { kafkaConfig, kafkaContradictionsOf } from './kafka-config.ts'
import { REGISTRY_URL_RULE, type RegistrySettings, registryUrls } from '../../io/schemas/registry/registry-settings.ts'

/** Backends of the ranker, in the order in which `auto` tries them. */
export const BACKENDS = ['auto', 'native', 'wasm', 'plain'] as const
export const LOG_KINDS = ['embedded', 'kafka'] as const
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const name = z.string().min(1).max(64)
const crossedField = z
  .string()
  .regex(
    /^(id:(user|item)|state:stage|(context|user|item):.{1,64})$/,
    'a field is user:NAME, item:NAME, context:NAME, id:user, id:item or state:stage',
  )
const positive = z.number().positive()
const count = z.number().int().positive()

const task = z.strictObject({
  name: name.describe('Task name, as it appears in every record'),
  trial: z.enum(EVENT_TYPES).default('impression').describe('Event that counts as a trial'),
  success: z.enum(EVENT_TYPES).describe('Outcome that counts as a success'),
  label: z
    .enum(LABEL_KINDS)
    .default('event')
    .describe('event: 1 when it happened; quantile: population quantile of its value'),
})

const attribute = z.strictObject({
  name: name.describe('Key in userFeatures'),
  buckets: z.number().int().min(2).max(1024).default(32).describe('Tokens of the field; values are hashed into them'),
})

const settings = z.strictObject({
  dataDir: z.string().min(1).default('stan-data').describe('Folder of the embedded log and the state stores'),
  log: z.enum(LOG_KINDS).default('embedded').describe('Log implementation'),
  partitions: z.number().int().min(1).max(256).default(1).describe('Partitions of interactions'),
  seed: z.number().int().min(0).max(0x7fff_ffff).default(1).describe('Seed of every draw and initial weight'),
  niceness: z
    .number()
    .int()
    .min(0)
    .max(19)
    .default(0)
    .describe('Priority that a process gives up (nice): for trackers and rankers beside an API'),
  logLevel: z.enum(LOG_LEVELS).default('info').describe('Least severe log line that is written'),
  tasks: z
    .array(task)
    .min(1)
    .max(16)
    .default([
      { name: 'ctr', trial: 'impression', success: 'click', label: 'event' },
      { name: 'stay', trial: 'impression', success: 'stay', label: 'quantile' },
      { name: 'cvr', trial: 'impression', success: 'order', label: 'event' },
    ])
    .describe('Prediction tasks, in the order of every per-task array'),
  posterior: z
    .strictObject({
      mode: z.enum(POSTERIOR_MODES).default('calibrated').describe('Posterior that is published and decides stages'),
      evidence: z.enum(EVIDENCE_KINDS).default('predicted').describe('What Algorithm 1 counts'),
      weight: z.enum(WEIGHT_KINDS).default('ordinal').describe('How Algorithm 1 weights its samples'),
      halfLifeDays: positive.max(3650).default(14).describe('Half-life of evidence in mode calibrated'),
      windowDays: z.number().int().min(1).max(365).default(30).describe('Length of the exact window'),
    })
    .prefault({}),
  stages: z
    .strictObject({
      rules: z.enum(STAGE_RULES).default('paper').describe('Decision list of the stages'),
      clickTask: name.default('ctr').describe('Task in the role of click-through'),
      stayTask: name.default('stay').describe('Task in the role of stay time'),
      conversionTask: name.default('cvr').describe('Task in the role of conversion'),
      minEvidence: z.number().min(0).default(3).describe('Click trials, decayed, below which a user is new'),
      margin: z.number().min(0).max(1).default(0.1).describe('Lead in probability that a challenger needs'),
      minLeadMinutes: z.number().min(0).default(30).describe('Time for which it must hold the lead'),
    })
    .prefault({}),
  activity: z
    .strictObject({
      sessionGapMinutes: positive.default(30).describe('Silence that ends a session'),
      gapQuantile: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.95)
        .describe("Quantile of a user's own gaps that makes them dormant"),
      minDormantDays: positive.default(2).describe('Nobody is dormant before this'),
      defaultDormantDays: positive.default(7).describe('Users with fewer than three gaps are dormant after this'),
      returnedDays: positive.default(3).describe('How long the returned flag stays'),
    })
    .prefault({}),
  joiner: z
    .strictObject({
      attributionMinutes: positive.default(30).describe('Outcomes within this time become labels'),
      correctionHours: positive.default(72).describe('Later outcomes within this time become corrections'),
      rememberedEventIds: z.number().int().min(1).max(4096).default(32).describe('Recent event ids kept per user'),
    })
    .prefault({}),
  features: z
    .strictObject({
      context: z.array(name).default(['hour', 'tab']).describe('Keys of context that the ranker embeds'),
      user: z.array(name).default([]).describe('Keys of userFeatures that only the ranker embeds'),
      item: z.array(name).default(['category', 'author', 'duration']).describe('Keys of itemFeatures that it embeds'),
      attributes: z
        .array(attribute)
        .max(24)
        .default([
          { name: 'segment', buckets: 16 },
          { name: 'platform', buckets: 8 },
          { name: 'age', buckets: 16 },
        ])
        .describe('Keys of userFeatures that are fields of the state extractor'),
    })
    .prefault({}),
  tracker: z
    .strictObject({
      sliceSize: z.number().int().min(1).max(100_000).default(4096).describe('Input records of one commit'),
      commitIntervalMs: z
        .number()
        .int()
        .min(0)
        .max(10_000)
        .default(200)
        .describe('On Kafka, while fewer come than fill a commit, from one commit of a partition to the next'),
      cachedUsers: count.default(50_000).describe('Users kept decoded in memory, over all partitions; 12 KB each'),
      standby: z.boolean().default(false).describe('Whether to keep copies of the partitions that others work on'),
      snapshots: z
        .strictObject({
          everyRecords: z
            .number()
            .int()
            .min(0)
            .default(250_000)
            .describe('Input records of a partition after which the next change of a user keeps a snapshot; 0: none'),
          kept: count.max(256).default(4).describe('Snapshots kept of one user, the newest'),
        })
        .prefault({})
        .describe('States kept so that a question about the past of a user reads little'),
      idleAdvanceSeconds: positive.default(60).describe('Without input for so long, event time goes on with the clock'),
    })
    .prefault({}),
  ranker: z
    .strictObject({
      mode: z.enum(MODE_NAMES).default('stan-gated').describe('Model and loss'),
      shadow: z
        .string()
        .regex(/^[\w.-]{0,64}$/)
        .default('')
        .describe('Name of a ranker beside the main one, which publishes no bundles; empty: the main one'),
      backend: z.enum(BACKENDS).default('auto').describe('TensorFlow.js backend'),
      stateFeatures: z.boolean().default(true).describe('Whether the right branch reads the state'),
      crosses: z
        .array(z.array(crossedField).min(2).max(4))
        .max(32)
        .default([])
        .describe(
          'Fields that are embedded together, too, such as [[context:tab, item:category], [id:user, state:stage]]',
        ),
      attention: z.enum(ATTENTION_FORMS).default('right').describe('Form of the attention: X W, or the paper’s W X'),
      target: z.enum(['soft', 'binary']).default('binary').describe('Training target of a quantile label'),
      batchSize: z.number().int().min(1).max(65_536).default(512).describe('Examples of one step'),
      bundleEvery: count.default(4096).describe('Examples between bundles and checkpoints'),
      learningRate: positive.max(1).default(0.002).describe('Adam step'),
      warmupBatches: z.number().int().min(0).default(0).describe('Batches over which the step grows to its full size'),
      learningRateFloor: z
        .number()
        .gt(0)
        .max(1)
        .default(1)
        .describe('Share of the step to which it falls, with the inverse square root of the batches'),
      taskWeights: z
        .enum(TASK_WEIGHTS)
        .default('inverse-entropy')
        .describe('Weight of a task in the loss: the same, or more for rare ones'),
      gammaBound: z
        .number()
        .min(1)
        .max(1000)
        .default(1)
        .describe('Most that a normalised gamma changes a weight; 1: nothing'),
      servingDecay: z
        .number()
        .min(0)
        .lt(1)
        .default(0.98)
        .describe('Decay a batch of the averaged weights that serve; 0: no average'),
      negativeShares: z
        .record(name, z.number().gt(0).max(1))
        .default({})
        .describe('By task: share of the negatives that are trained on; scores are corrected'),
      bundleGuard: z
        .number()
        .min(0)
        .default(0.05)
        .describe('Share by which a bundle may be worse than the current one on the next examples; 0: any'),
      embeddingWidth: z.number().int().min(1).max(256).default(16).describe('Width of an embedding'),
      expertsPerTask: z.number().int().min(1).max(16).default(2).describe('Experts of each task'),
      sharedExperts: z.number().int().min(0).max(16).default(2).describe('Experts of all tasks'),
      expertWidth: z.number().int().min(1).max(1024).default(64).describe('Units of an expert'),
      towerWidths: z.array(count.max(1024)).min(1).max(4).default([64, 32]).describe('Units of a tower’s layers'),
      levels: z.number().int().min(1).max(4).default(1).describe('Levels of PLE'),
      admissionCount: z.number().int().min(0).default(1).describe('Sightings before an id gets a row of its own'),
      idleExpiryDays: positive.default(30).describe('An id’s row expires after so long without a sighting'),
      maxRowsPerField: count.default(1_000_000).describe('Rows of one embedding table at most'),
    })
    .prefault({}),
  kafka: kafkaConfig.prefault({}),
  api: z
    .strictObject({
      port: z.number().int().min(0).max(65_535).default(8080).describe('Port of the HTTP API; 0: any free one'),
      host: z.string().min(1).default('127.0.0.1').describe('Address that it listens on; others need tokens'),
      readTokensFile: z.string().default('').describe('File with bearer tokens that may read, one a line'),
      writeTokensFile: z.string().default('').describe('File with those that may also send interactions'),
      adminTokensFile: z.string().default('').describe('File with those that may also erase users'),
      staleAfterSeconds: positive.default(10).describe('Answers are stale when states are missing for so long'),
      maxBodyBytes: count.default(4_194_304).describe('Size of a request at most'),
      maxBatch: count.default(1000).describe('Users or interactions of a request at most'),
      maxRequestsPerSecond: count.default(1000).describe('Requests of one address at most; more are told to wait'),
      maxReplayRecords: count
        .default(1_000_000)
        .describe('Interactions that a question about the past of a user may read; a longer one is refused'),
      maxStreams: count.default(100).describe('Streams of server-sent events at the same time at most'),
      maxPendingInteractions: count
        .default(20_000)
        .describe('Interactions on their way to the log; more are told to wait'),
    })
    .prefault({}),
  ranking: rankingConfig.prefault({}),
  verification: verificationConfig.prefault({}),
  retention: retentionConfig.prefault({}),
  memory: memoryConfig.prefault({}),
  policy: policyConfig.prefault({}),
  alerts: alertsConfig.prefault({}),
  telemetry: telemetryConfig.prefault({}),
  metrics: z
    .strictObject({
      port: z.number().int().min(0).max(65_535).default(0).describe('Port of /metrics, /livez and /readyz; 0: none'),
      host: z.string().min(1).default('127.0.0.1').describe('Address that it listens on'),
    })
    .prefault({}),
  simulator: z
    .strictObject({
      users: count.max(10_000_000).default(500).describe('Users of the simulated shop'),
      items: count.max(10_000_000).default(500).describe('Items'),
      eventsPerSecond: positive.default(4000).describe('Events per wall-clock second in the demo'),
    })
    .prefault({}),
  schemaRegistry: z
    .strictObject({
      url: z.string().default('').describe('Address of a registry, several with commas; empty: ids of the local table'),
      register: z.boolean().default(false).describe('Whether schemas that the registry lacks are registered at start'),
      username: z.string().default('').describe('User, where the registry asks for one'),
      passwordFile: z.string().default('').describe('File with the password of the user'),
      tokenFile: z.string().default('').describe('File with a bearer token, in place of a user'),
      caFile: z.string().default('').describe('File with the certificates to trust (PEM), in place of the usual ones'),
    })
    .superRefine((registry, context) => {
      for (const [key, message] of registryContradictionsOf(registry)) {
        context.addIssue({ code: 'custom', path: [key], input: registry[key], message })
      }
    })
    .prefault({}),
})

export type Config = z.infer<typeof settings>

/**
 * The whole configuration. Durations carry their unit in the key. Every key has a default; unknown keys are refused, and
 * so are settings that contradict each other.
 */
export const configSchema = settings.superRefine((config, context) => {
  for (const { path, input, message } of contradictionsOf(config)) {
    context.addIssue({ code: 'custom', path: path.split('.'), input, message })
  }
})

/** What no single setting shows: `message` goes on after the setting's path and value. */
function* contradictionsOf(config: Config): Iterable<{ path: string; input: unknown; message: string }> {
  const { tasks, stages, activity, joiner, features, ranker, ranking, kafka, alerts } = config
  const taskNames = tasks.map((task) => task.name)
  const lists = {
    tasks: taskNames,
    'features.attributes': features.attributes.map((attribute) => attribute.name),
    'features.context': features.context,
    'features.user': features.user,
    'features.item': features.item,
    ...Object.fromEntries(ranker.crosses.map((fields, i) => [`ranker.crosses.${i}`, fields])),
    'ranker.crosses': ranker.crosses.map((fields) => fields.toSorted().join(' x ')),
  }
  for (const [path, names] of Object.entries(lists)) {
    const twice = names.find((held, i) => names.indexOf(held) < i)
    if (twice !== undefined) yield { path, input: undefined, message: `names ${JSON.stringify(twice)} twice` }
  }
  for (const [i, { trial, success }] of tasks.entries()) {
    if (trial === success) yield { path: `tasks.${i}.success`, input: success, message: 'is its own trial' }
  }
  for (const role of ['clickTask', 'stayTask', 'conversionTask'] as const) {
    if (taskNames.includes(stages[role])) continue
    const message = `is no task; the tasks are ${taskNames.join(', ')}`
    yield { path: `stages.${role}`, input: stages[role], message }
  }
  if (activity.minDormantDays > activity.defaultDormantDays) {
    const message = `is more than activity.defaultDormantDays, ${activity.defaultDormantDays}`
    yield { path: 'activity.minDormantDays', input: activity.minDormantDays, message }
  }
  if (joiner.correctionHours * 60 < joiner.attributionMinutes) {
    const message = `is less than joiner.attributionMinutes, ${joiner.attributionMinutes} minutes`
    yield { path: 'joiner.correctionHours', input: joiner.correctionHours, message }
  }
  if (ranker.bundleEvery < ranker.batchSize) {
    const message = `is less than ranker.batchSize, ${ranker.batchSize}`
    yield { path: 'ranker.bundleEvery', input: ranker.bundleEvery, message }
  }
  const unknown = Object.keys(ranker.negativeShares).find((task) => !taskNames.includes(task))
  if (unknown !== undefined) {
    const message = `is of no task; the tasks are ${taskNames.join(', ')}`
    yield { path: `ranker.negativeShares.${unknown}`, input: ranker.negativeShares[unknown], message }
  }
  yield* rankingContradictionsOf(ranking, taskNames)
  yield* kafkaContradictionsOf(kafka)
  yield* alertContradictionsOf(alerts)
}

function* registryContradictionsOf(registry: RegistrySettings): Iterable<[keyof RegistrySettings, message: string]> {
  const { url, username, passwordFile, tokenFile } = registry
  if (url === '') {
    for (const key of ['register', 'username', 'passwordFile', 'tokenFile', 'caFile'] as const) {
      if (registry[key] !== '' && registry[key] !== false) yield [key, 'is set without schemaRegistry.url']
    }
    return
  }
  if (registryUrls(url) === null) yield ['url', `is not valid: ${REGISTRY_URL_RULE}`]
  if (username !== '' && passwordFile === '') yield ['username', 'is set without schemaRegistry.passwordFile']
  if (username === '' && passwordFile !== '') yield ['passwordFile', 'is set without schemaRegistry.username']
  if (username !== '' && tokenFile !== '') yield ['tokenFile', 'is set together with schemaRegistry.username']
}

/** JSON Schema of the configuration, as published in schemas/config.v1.schema.json. */
export function configJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(settings, { io: 'input' }), title: 'stan-lifecycle configuration' }
}
