import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dieWithParent } from './die-with-parent.ts'

const run = promisify(execFile)

/** A broker of the tests is up fast and small rather than fast for long. */
const JVM_FLAGS = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']
const LOGGING = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true']
const SHOWN_LINES = 15

export interface KafkaNodeOptions {
  readonly jars: string
  /** Of this node alone. */
  readonly folder: string
  /** Deleted when the tests die before they could do so. */
  readonly clusterFolder: string
  readonly clusterId: string
  readonly properties: Readonly<Record<string, string>>
  /** Further arguments of StorageTool, for example `--add-scram`. */
  readonly formatArguments: readonly string[]
  readonly jvmFlags: readonly string[]
}

/** One broker and controller in a Java process of its own. */
export class KafkaNode {
  private readonly options: KafkaNodeOptions
  private process: ChildProcess | null = null

  constructor(options: KafkaNodeOptions) {
    this.options = options
  }

  /** Null while the node is down. */
  get pid(): number | null {
    return this.process?.pid ?? null
  }

  /** Writes the configuration and formats the empty storage. */
  async prepare(): Promise<void> {
    const { folder, properties, clusterId, formatArguments } = this.options
    await mkdir(folder, { recursive: true })
    const lines = Object.entries({ ...properties, 'log.dirs': join(folder, 'log') }).map(
      ([key, value]) => `${key}=${value}`,
    )
    await writeFile(join(folder, 'server.properties'), `${lines.join('\n')}\n`)
    const format = ['format', '-t', clusterId, '-c', join(folder, 'server.properties'), ...formatArguments]
    await run('java', this.java('kafka.tools.StorageTool', format))
  }

  /** Starts the process; that says nothing about whether it answers yet. */
  start(): void {
    if (this.process) throw new Error('Cannot start the node: it is running')
    const { folder, clusterFolder } = this.options
    const output = openSync(join(folder, 'broker.txt'), 'a')
    const child = spawn('java', this.java('kafka.Kafka', [join(folder, 'server.properties')]), {
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    this.process = child
    const watchdog = child.pid === undefined ? null : dieWithParent(child.pid, clusterFolder)
    const ended = (): void => {
      watchdog?.kill('SIGKILL')
      if (this.process === child) this.process = null
    }
    child.once('exit', ended).once('error', ended)
  }

  /** Ends the process and waits until it has ended. */
  async stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.process
    if (!child) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }

  /** The last lines that the broker wrote. */
  async said(): Promise<string> {
    const text = await readFile(join(this.options.folder, 'broker.txt'), 'utf8').catch(() => '')
    return text.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n')
  }

  private java(main: string, args: readonly string[]): string[] {
    const { jars, jvmFlags } = this.options
    return [...JVM_FLAGS, ...LOGGING, ...jvmFlags, '-cp', join(jars, '*'), main, ...args]
  }
}
