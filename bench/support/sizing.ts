/**
 * The arithmetic of deploy/sizing.md. Figures are the lower ones of README's benchmarks, and sizes as a test measures them
 * on the simulated shop.
 */
export const FIGURES = {
  /** Events a second of one tracker process, exactly-once on Kafka, on the slower host. */
  trackerEventsPerSecond: 10_300,
  /** Events a second of the tracker on the embedded log, on the slower host: half of 29,000. */
  embeddedEventsPerSecond: 14_500,
  /** Examples a second of the ranker, native backend. */
  rankerExamplesPerSecond: 17_200,
  /** Records a second in which a lost store is rebuilt. */
  rebuildRecordsPerSecond: 142_000,
  /** Bytes of a stored user, 99 %. */
  storedUserBytes: 754,
  /** Memory of the API with a view of a million users, MiB. */
  apiMiBAtAMillion: 1323,
  /** Memory of tracker and ranker over KuaiRand-Pure, MiB. */
  allInOneMiB: 1536,
  /** Memory of a cached user, KB: see tracker.cachedUsers. */
  cachedUserKB: 12,
  interactionBytes: 131,
  publishedStateBytes: 600,
  exampleBytes: 530,
  predictionBytes: 110,
  /** Impressions, and so examples and predictions, for each event. */
  examplesPerEvent: 0.54,
  /** Of an open impression with its two timers, in a store and in the changelog. */
  openImpressionBytes: 490,
  /** Of an open impression in a snapshot of its user, with an id of 36 characters. */
  openInSnapshotBytes: 65,
} as const

/** A tracker is planned for this share of what it can do: the rest is for catching up and for rebalances. */
const PLANNED_SHARE = 0.6
/** Records of Kafka's format and of transactions, on top of keys, values and headers. */
const FORMAT_FACTOR = 1.1
/** Compaction lets a topic grow to twice its live records. */
const COMPACTION_FACTOR = 2
const DAY_SECONDS = 86_400
const BASE_MIB = 512
const STORE_MIB = 32
const GIB = 1024 ** 3

export interface Load {
  readonly name: string
  readonly log: 'embedded' | 'kafka'
  readonly users: number
  readonly eventsPerSecond: number
  readonly peakEventsPerSecond: number
  readonly partitions: number
  readonly retentionDays: number
  readonly correctionHours: number
  readonly cachedUsers: number
  readonly replicationFactor: number
  /** As tracker.snapshots. */
  readonly snapshots: { readonly everyRecords: number; readonly kept: number }
}

export const LOADS: readonly Load[] = [
  {
    name: 'one-machine',
    log: 'embedded',
    users: 50_000,
    eventsPerSecond: 100,
    peakEventsPerSecond: 1_000,
    partitions: 1,
    retentionDays: 7,
    correctionHours: 72,
    cachedUsers: 20_000,
    replicationFactor: 1,
    snapshots: { everyRecords: 1_000_000, kept: 4 },
  },
  {
    name: 'one-team',
    log: 'kafka',
    users: 1_000_000,
    eventsPerSecond: 1_500,
    peakEventsPerSecond: 10_000,
    partitions: 12,
    retentionDays: 7,
    correctionHours: 72,
    cachedUsers: 50_000,
    replicationFactor: 3,
    snapshots: { everyRecords: 2_000_000, kept: 4 },
  },
  {
    name: 'internet-scale',
    log: 'kafka',
    users: 100_000_000,
    eventsPerSecond: 25_000,
    peakEventsPerSecond: 100_000,
    partitions: 96,
    retentionDays: 3,
    correctionHours: 24,
    cachedUsers: 100_000,
    replicationFactor: 3,
    snapshots: { everyRecords: 0, kept: 4 },
  },
]

export interface Sizing {
  readonly trackers: number
  readonly partitionsPerTracker: number
  readonly trackerMiB: number
  readonly trackerDiskGiB: number
  readonly rebuildSeconds: number
  /** Of what one ranker can do, on average and at the peak. */
  readonly rankerShare: number
  readonly rankerPeakShare: number
  readonly apiDiskGiB: number
  /** Written by producers, trackers and ranker, before copies, at the peak. */
  readonly networkMiBPerSecond: number
  /** All copies; uncompressed. */
  readonly logDiskGiB: number
}

export function sizeOf(load: Load): Sizing {
  const { users, eventsPerSecond, peakEventsPerSecond, partitions, correctionHours, replicationFactor } = load
  const f = FIGURES
  const perTracker = load.log === 'kafka' ? f.trackerEventsPerSecond : f.embeddedEventsPerSecond
  const trackers = Math.ceil(peakEventsPerSecond / (perTracker * PLANNED_SHARE))
  const openImpressions = eventsPerSecond * f.examplesPerEvent * correctionHours * 3600
  const { everyRecords, kept: snapshotsKept } = load.snapshots
  const snapshotBytes = f.storedUserBytes + (openImpressions / users) * f.openInSnapshotBytes
  const snapshots = everyRecords === 0 ? 0 : snapshotsKept * users * snapshotBytes
  // At most: all users of a partition change in each period.
  const snapshotsPerEvent = everyRecords === 0 ? 0 : Math.min(1, users / partitions / everyRecords)
  const stored = users * f.storedUserBytes + openImpressions * f.openImpressionBytes + snapshots
  // Live, nearly every event of a commit is of another user: each publishes a state and writes one to the changelog.
  const changelogPerEvent =
    f.storedUserBytes + f.examplesPerEvent * f.openImpressionBytes + snapshotsPerEvent * snapshotBytes
  const streamed = f.interactionBytes + f.examplesPerEvent * (f.exampleBytes + f.predictionBytes)
  const writtenPerEvent = (streamed + f.publishedStateBytes + changelogPerEvent) * FORMAT_FACTOR
  const kept = eventsPerSecond * DAY_SECONDS * load.retentionDays * streamed
  const compacted = COMPACTION_FACTOR * (stored + users * f.publishedStateBytes)
  return {
    trackers,
    partitionsPerTracker: Math.ceil(partitions / trackers),
    trackerMiB: load.log === 'embedded' ? f.allInOneMiB : trackerMiB(load, Math.ceil(partitions / trackers)),
    trackerDiskGiB: (2 * stored) / trackers / GIB,
    rebuildSeconds: Math.ceil(
      (users + openImpressions + (snapshots === 0 ? 0 : (snapshotsKept + 1) * users)) /
        trackers /
        f.rebuildRecordsPerSecond,
    ),
    rankerShare: (eventsPerSecond * f.examplesPerEvent) / f.rankerExamplesPerSecond,
    rankerPeakShare: (peakEventsPerSecond * f.examplesPerEvent) / f.rankerExamplesPerSecond,
    apiDiskGiB: (2 * users * f.publishedStateBytes) / GIB,
    networkMiBPerSecond: (peakEventsPerSecond * writtenPerEvent) / 1024 ** 2,
    logDiskGiB: ((kept + compacted) * FORMAT_FACTOR * replicationFactor) / GIB,
  }
}

/** The program, cached users, and two write buffers and a block cache for each partition's store, twice with standbys. */
function trackerMiB({ cachedUsers }: Load, partitions: number): number {
  return Math.ceil(BASE_MIB + (cachedUsers * FIGURES.cachedUserKB) / 1024 + 2 * partitions * STORE_MIB)
}

const whole = (value: number): string => Math.ceil(value).toLocaleString('en-US')
const short = (value: number): string => (value < 10 ? (Math.ceil(value * 10) / 10).toString() : whole(value))
const percent = (value: number): string => `${Math.round(value * 100)} %`

/** The table of deploy/sizing.md, in Markdown. */
export function sizingTable(loads: readonly Load[] = LOADS): string {
  const sizes = loads.map(sizeOf)
  const rows: [string, (load: Load, size: Sizing) => string][] = [
    ['users', (load) => whole(load.users)],
    ['events/s, average and peak', (load) => `${whole(load.eventsPerSecond)}, ${whole(load.peakEventsPerSecond)}`],
    ['partitions', (load) => whole(load.partitions)],
    ['retention, correction window', (load) => `${load.retentionDays} days, ${load.correctionHours} h`],
    [
      "records of a snapshot's period",
      ({ snapshots: { everyRecords } }) => (everyRecords === 0 ? '-' : whole(everyRecords)),
    ],
    ['trackers', (_, size) => whole(size.trackers)],
    ['partitions of a tracker', (_, size) => whole(size.partitionsPerTracker)],
    ['memory of a tracker, MiB', (_, size) => whole(size.trackerMiB)],
    ['disk of a tracker, GiB', (_, size) => short(size.trackerDiskGiB)],
    ['rebuild of its lost stores, s', (_, size) => whole(size.rebuildSeconds)],
    [
      'share of one ranker, average and peak',
      (_, size) => `${percent(size.rankerShare)}, ${percent(size.rankerPeakShare)}`,
    ],
    ['disk of an API instance, GiB', (_, size) => short(size.apiDiskGiB)],
    ['written to the log at the peak, MiB/s', (_, size) => short(size.networkMiBPerSecond)],
    ['disk of the log, all copies, GiB', (_, size) => short(size.logDiskGiB)],
  ]
  const lines = rows.map(([name, cell]) => `| ${name} | ${loads.map((load, i) => cell(load, sizes[i])).join(' | ')} |`)
  return [
    `| | ${loads.map(({ name }) => name).join(' | ')} |`,
    `|---|${loads.map(() => '---').join('|')}|`,
    ...lines,
  ].join('\n')
}
