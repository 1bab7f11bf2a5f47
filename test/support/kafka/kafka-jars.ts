import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { KafkaVersion } from './kafka-versions.ts'

const run = promisify(execFile)
/** A cold Maven repository and a slow line. */
const FETCH_TIME_OUT_MS = 300_000

/** Folder with the jars of a Kafka version, whether they are there yet or not. */
export function jarsFolder(version: KafkaVersion): string {
  return join(process.env.STAN_KAFKA_CACHE ?? join(tmpdir(), 'stan-lifecycle-kafka'), version)
}

export function hasJars(version: KafkaVersion): boolean {
  return existsSync(jarsFolder(version))
}

/**
 * Folder with broker, clients and command line tools of a Kafka version, from Maven Central when they are not there. It
 * appears by one rename, so a second process never sees half of it; both may fetch, and the later one's is dropped.
 */
export async function kafkaJars(version: KafkaVersion): Promise<string> {
  const folder = jarsFolder(version)
  if (existsSync(folder)) return folder
  await mkdir(dirname(folder), { recursive: true })
  const work = await mkdtemp(`${folder}.`)
  try {
    await writeFile(join(work, 'pom.xml'), pomOf(version))
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=lib']
    await run('mvn', ['-q', '-B', ...goal], { cwd: work, timeout: FETCH_TIME_OUT_MS })
    await rename(join(work, 'lib'), folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
    return folder
  } catch (cause) {
    throw new Error(`Cannot fetch Kafka ${version} with Maven: ${saidBy(cause)}`, { cause })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Maven writes what went wrong to standard output. */
function saidBy(error: unknown): string {
  const { stdout, message } = error as Error & { stdout?: string }
  return stdout?.split('\n').find((line) => line.includes('ERROR')) ?? message
}

function pomOf(version: KafkaVersion): string {
  const dependency = (group: string, artifact: string, release: string, more = '') =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${release}</version>${more}</dependency>`
  // The command line clients need nothing that the broker has not; the rest of that jar's list is Connect and its server.
  const alone = '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>'
  return [
    '<project><modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>kafka</artifactId><version>1</version>',
    '<dependencies>',
    dependency('org.apache.kafka', 'kafka_2.13', version),
    dependency('org.apache.kafka', 'kafka-tools', version, alone),
    // Kafka's own choice of a logger differs between versions; this one needs no configuration file.
    dependency('org.slf4j', 'slf4j-simple', '1.7.36'),
    '</dependencies></project>',
  ].join('\n')
}
