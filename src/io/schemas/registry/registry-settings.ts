/** The section schemaRegistry of the configuration. An empty text is a setting that is not there. */
export interface RegistrySettings {
  /** Base address; several of one registry, with commas, are tried in turn. */
  readonly url: string
  /** Whether schemas that a subject does not have are registered. */
  readonly register: boolean
  readonly username: string
  readonly passwordFile: string
  readonly tokenFile: string
  readonly caFile: string
}

export const REGISTRY_URL_RULE = 'write http://host:port or https://host:port, several with commas, without a user name'

/** Addresses of a registry; null where one of them is none. */
export function registryUrls(text: string): readonly URL[] | null {
  const parts = text.split(',').map((part) => part.trim())
  // A password in an address would show up in every sentence about it.
  const areAddresses = parts.every((part) => /^https?:\/\/[^/@\s]+(\/[^@\s]*)?$/.test(part) && URL.canParse(part))
  return areAddresses ? parts.map((part) => new URL(part)) : null
}
