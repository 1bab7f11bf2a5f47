import type { Agent } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import { type Backoff, backoffMs, DEFAULT_BACKOFF } from './backoff.ts'
import { httpAgent, httpRequest } from './http-request.ts'
import { type Judgement, judgeAnswer, judgeFailure, type RegistryAnswer } from './judge-answer.ts'

export interface TransportOptions {
  readonly urls: readonly URL[]
  readonly authorization: () => Promise<string | null>
  readonly certificateAuthority: Buffer | null
  /** Of one exchange. Default 5 s. */
  readonly timeoutMs?: number
  readonly backoff?: Backoff
}

export interface RegistryCall {
  /** What the program wants, for the sentence of a failure: `fetch schema 7`. */
  readonly action: string
  readonly method: 'GET' | 'POST'
  /** Below the base address, without a slash at its start. */
  readonly path: string
  readonly body?: unknown
}

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json'

/**
 * Asks the addresses of one registry in turn until one of them answers; an answer that says no counts. The address
 * that answered last comes first.
 */
export class RegistryTransport {
  readonly #options: TransportOptions
  readonly #backoff: Backoff
  readonly #agents: readonly Agent[]
  #preferred = 0

  constructor(options: TransportOptions) {
    this.#options = options
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF
    this.#agents = options.urls.map(({ protocol }) => httpAgent(protocol, options.certificateAuthority))
  }

  /** Throws LifecycleError `registry-unavailable` (retryable) after the last round, `registry-refused` at once. */
  async ask(call: RegistryCall): Promise<RegistryAnswer> {
    const { rounds } = this.#backoff
    for (let round = 0; ; round++) {
      const judged = await this.#askAll(call)
      if (judged.kind === 'answer') return judged.answer
      if (round + 1 >= rounds) throw unavailable(call.action, judged.state, rounds)
      await wait(backoffMs(this.#backoff, round, Math.random()))
    }
  }

  /** One round: the failure of the last address when none answers. */
  async #askAll(call: RegistryCall): Promise<Exclude<Judgement, { kind: 'refused' }>> {
    const { urls } = this.#options
    const start = this.#preferred
    let last: Judgement | null = null
    for (let turn = 0; turn < urls.length; turn++) {
      const place = (start + turn) % urls.length
      const judged = await this.#askOne(call, place)
      if (judged.kind === 'refused') {
        throw new LifecycleError('registry-refused', `Cannot ${call.action}: ${judged.state}`, { cause: judged.cause })
      }
      if (judged.kind === 'answer') {
        this.#preferred = place
        return judged
      }
      last = judged
    }
    return last!
  }

  async #askOne(call: RegistryCall, place: number): Promise<Judgement> {
    const { urls, authorization, timeoutMs = 5000 } = this.#options
    const base = `${urls[place].origin}${urls[place].pathname.replace(/\/+$/, '')}`
    const credentials = await authorization()
    const headers = {
      accept: `${MEDIA_TYPE}, application/json`,
      ...(call.body !== undefined && { 'content-type': MEDIA_TYPE }),
      ...(credentials !== null && { authorization: credentials }),
    }
    const body = call.body === undefined ? null : JSON.stringify(call.body)
    const url = new URL(`${base}/${call.path}`)
    try {
      const { method } = call
      return judgeAnswer(base, await httpRequest({ method, url, headers, body, timeoutMs, agent: this.#agents[place] }))
    } catch (error) {
      return judgeFailure(base, error)
    }
  }
}

function unavailable(action: string, state: string, rounds: number): LifecycleError {
  const message = `Cannot ${action}: ${state}, at the last of ${rounds} attempts`
  return new LifecycleError('registry-unavailable', message, { retryable: true })
}
