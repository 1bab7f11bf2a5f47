import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { loadConfig } from '../../src/app/config/load-config.ts'
import { findTool, runTool } from '../support/tools/find-tool.ts'

const CHART = join(import.meta.dirname, '../../deploy/helm/stan-lifecycle')
const FOLDERS = [process.env.STAN_HELM_FOLDER ?? join(homedir(), '.cache/stan-lifecycle')]
const helm = findTool(
  'helm',
  'STAN_REQUIRE_HELM',
  `GOBIN=${FOLDERS[0]} go install helm.sh/helm/v3/cmd/helm@v3.16.4`,
  FOLDERS,
)

interface Container {
  readonly args: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly securityContext: unknown
  readonly resources: { readonly limits: { readonly memory: string } }
  readonly livenessProbe?: unknown
  readonly readinessProbe?: unknown
  readonly volumeMounts: readonly { readonly name: string }[]
}

interface PodSpec {
  readonly containers: readonly Container[]
  readonly volumes: readonly { readonly name: string }[]
  readonly securityContext: unknown
  readonly enableServiceLinks: boolean
  readonly terminationGracePeriodSeconds?: number
}

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly data?: Readonly<Record<string, string>>
  readonly spec: {
    readonly replicas?: number
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> } & Readonly<Record<string, unknown>>
    readonly template?: { readonly metadata: { readonly labels: Record<string, string> }; readonly spec: PodSpec }
    readonly maxUnavailable?: number
    readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> }
    readonly volumeClaimTemplates?: readonly unknown[]
  }
}

function render(...settings: string[]): Manifest[] {
  const sets = settings.flatMap((setting) => ['--set', setting])
  const text = runTool(helm!, ['template', 'shop', CHART, '--kube-version', '1.31.0', ...sets])
  return parseAllDocuments(text).flatMap((document) => {
    expect(document.errors).toEqual([])
    return (document.toJS() as Manifest | null) ?? []
  })
}

const podsOf = (manifests: readonly Manifest[]): PodSpec[] =>
  manifests.flatMap(({ spec }) => spec?.template?.spec ?? [])

describe.skipIf(helm === null)('the Helm chart', () => {
  test('passes helm lint, and its values are checked by their schema', () => {
    expect(runTool(helm!, ['lint', '--strict', CHART])).toContain('1 chart(s) linted, 0 chart(s) failed')
    const refused = [
      'tracker.replicas=0',
      'config.log=embedded',
      'config.kafka.brokers=null',
      'traker.replicas=2',
      'api.resources.limits.memory=2 gigabytes',
      'metrics.serviceMonitor.interval=often',
    ]
    const taken = refused.filter((setting) => {
      try {
        render(setting)
        return true
      } catch (error) {
        return !/don't meet the specifications of the schema/.test(String(error))
      }
    })
    expect(taken).toEqual([])
  })

  test('makes stateful sets with their volumes, services, budgets, a network policy, and a monitor where it is wanted', () => {
    const kinds = (manifests: readonly Manifest[]) => manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    const all = kinds(render('metrics.serviceMonitor.enabled=true'))
    expect(all.toSorted()).toEqual(
      [
        'ConfigMap shop-stan-lifecycle',
        'ConfigMap shop-stan-lifecycle-topics',
        'Job shop-stan-lifecycle-topics',
        'NetworkPolicy shop-stan-lifecycle',
        'PodDisruptionBudget shop-stan-lifecycle-api',
        'PodDisruptionBudget shop-stan-lifecycle-tracker',
        'Service shop-stan-lifecycle',
        'Service shop-stan-lifecycle-api',
        'Service shop-stan-lifecycle-ranker',
        'Service shop-stan-lifecycle-tracker',
        'ServiceAccount shop-stan-lifecycle',
        'ServiceMonitor shop-stan-lifecycle',
        'StatefulSet shop-stan-lifecycle-api',
        'StatefulSet shop-stan-lifecycle-ranker',
        'StatefulSet shop-stan-lifecycle-tracker',
      ].toSorted(),
    )
    const few = kinds(
      render('api.enabled=false', 'ranker.enabled=false', 'topics.apply=false', 'networkPolicy.enabled=false'),
    )
    expect(few.filter((name) => /api|ranker|topics|Network|Monitor/.test(name))).toEqual([])
  })

  test('selects the pods that it makes', () => {
    const manifests = render('metrics.serviceMonitor.enabled=true')
    const pods = manifests.flatMap(({ spec }) => (spec?.template ? [spec.template.metadata.labels] : []))
    const services = manifests.filter(({ kind }) => kind === 'Service')
    for (const { kind, metadata, spec } of manifests) {
      const selector =
        spec?.selector?.matchLabels ?? spec?.podSelector?.matchLabels ?? (kind === 'Service' ? spec.selector : null)
      if (!selector) continue
      const labels = kind === 'ServiceMonitor' ? services.map((service) => service.metadata.labels) : pods
      const chosen = labels.filter((held) => Object.entries(selector).every(([name, value]) => held[name] === value))
      expect({ name: `${kind} ${metadata.name}`, chosen: chosen.length > 0 }).toEqual({
        name: `${kind} ${metadata.name}`,
        chosen: true,
      })
    }
  })

  test('runs nothing as root, writes to no root file system, and knows each volume that it mounts', () => {
    for (const pod of podsOf(render('kafkaSecret=kafka'))) {
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      // Variables of services begin with STAN_ and would be refused as unknown settings.
      expect(pod.enableServiceLinks).toBe(false)
      for (const { securityContext, resources, volumeMounts } of pod.containers) {
        expect(securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        expect(resources.limits.memory).toMatch(/^\d+[MG]i$/)
        const volumes = new Set([...pod.volumes.map(({ name }) => name), 'data'])
        expect(volumeMounts.map(({ name }) => name).filter((name) => !volumes.has(name))).toEqual([])
      }
    }
  })

  test('starts the program with settings that it takes', async () => {
    const manifests = render('kafkaSecret=kafka', 'tracker.resources.limits.memory=3Gi')
    const text = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'shop-stan-lifecycle',
    )!.data!
    const folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-test-'))
    const file = join(folder, 'config.yaml')
    await writeFile(file, text['config.yaml'])
    try {
      const sets = manifests.filter(({ kind }) => kind === 'StatefulSet')
      const maxMiB: Record<string, number> = {}
      for (const { spec } of sets) {
        const [{ args, env = [] }] = spec.template!.spec.containers
        const environment = Object.fromEntries(env.map(({ name, value }) => [name, value]))
        const config = await loadConfig({ file, environment, flags: [] })
        expect(config).toMatchObject({ log: 'kafka', partitions: 8, metrics: { host: '0.0.0.0', port: 9464 } })
        maxMiB[args[2]] = config.memory.maxMiB
        expect(args.slice(0, 2)).toEqual(['run', '--role'])
      }
      expect(maxMiB).toEqual({ tracker: 2764, ranker: 3686, api: 1843 })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
