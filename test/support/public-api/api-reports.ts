import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'

/** The package's entries; the report of each is test/fixtures/public-api/<entry>.api.md. */
export const ENTRIES = ['library', 'client', 'testing'] as const
export type Entry = (typeof ENTRIES)[number]

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const REPORTS = `${ROOT}test/fixtures/public-api`

/**
 * Compares the public declarations of the built package with a kept report, or writes it. Returns what api-extractor has
 * to say. The report that it makes lies in `folder` afterwards.
 */
export function checkApiReport(entry: Entry, folder: string, { isWrite }: { readonly isWrite: boolean }): string[] {
  const declarations = `${ROOT}dist/${entry}.d.ts`
  if (!existsSync(declarations)) throw new Error(`Cannot check the API: there is no dist/${entry}.d.ts; npm run build`)
  const sentences: string[] = []
  const warn = { default: { logLevel: ExtractorLogLevel.Warning } }
  const off = { logLevel: ExtractorLogLevel.None }
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: `${ROOT}package.json`,
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: declarations,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'NodeNext',
            moduleResolution: 'NodeNext',
            target: 'ES2022',
            lib: ['ES2023'],
            types: ['node'],
            strict: true,
            skipLibCheck: true,
          },
          files: [declarations],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${entry}.api.md`,
        reportFolder: REPORTS,
        reportTempFolder: folder,
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: warn,
        // No release tags here, and no TSDoc.
        extractorMessageReporting: {
          ...warn,
          'ae-missing-release-tag': off,
          'ae-undocumented': off,
          // The report shows what they are.
          'ae-forgotten-export': off,
          'ae-unresolved-link': off,
        },
        tsdocMessageReporting: { default: off },
      },
    },
  })
  Extractor.invoke(config, {
    localBuild: isWrite,
    messageCallback: (message) => {
      message.handled = true
      if (message.logLevel === ExtractorLogLevel.Warning || message.logLevel === ExtractorLogLevel.Error) {
        sentences.push(message.formatMessageWithoutLocation())
      }
    },
  })
  return sentences
}
