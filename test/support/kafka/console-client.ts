import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { KafkaCluster } from './kafka-cluster.ts'

/** Kafka's own Java clients, from the jars of the broker, against which everything of ours is checked. */

const JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error']
const TIME_OUT_MS = 60_000

/** Sends each line as a value without a key, with further arguments of kafka-console-producer. */
export async function produceWithJava(
  cluster: KafkaCluster,
  topic: string,
  lines: readonly string[],
  args: readonly string[] = [],
): Promise<void> {
  const main = `${cluster.version.startsWith('3.') ? 'kafka' : 'org.apache.kafka'}.tools.ConsoleProducer`
  await runJava(cluster, main, ['--topic', topic, ...args], lines.map((line) => `${line}\n`).join(''))
}

/** The first `count` values of a topic, as text, with further arguments of kafka-console-consumer. */
export async function consumeWithJava(
  cluster: KafkaCluster,
  topic: string,
  count: number,
  args: readonly string[] = [],
): Promise<string[]> {
  const main = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
  const range = ['--from-beginning', '--max-messages', String(count), '--timeout-ms', '20000']
  const text = await runJava(cluster, main, ['--topic', topic, ...range, ...args], '')
  return text.split('\n').slice(0, -1)
}

async function runJava(cluster: KafkaCluster, main: string, args: readonly string[], input: string): Promise<string> {
  const servers = ['--bootstrap-server', cluster.bootstrapServers.join(',')]
  const child = spawn('java', [...JVM, '-cp', join(cluster.jars, '*'), main, ...servers, ...args])
  const timer = setTimeout(() => child.kill('SIGKILL'), TIME_OUT_MS)
  child.stdin.on('error', () => {}).end(input)
  const read = (stream: Readable) => stream.toArray() as Promise<Buffer[]>
  const [output, failures] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'close')])
  clearTimeout(timer)
  if (child.exitCode !== 0)
    throw new Error(`${main} ended with ${child.exitCode}: ${Buffer.concat(failures).toString()}`)
  return Buffer.concat(output).toString()
}
