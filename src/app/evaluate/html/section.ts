/** A part of the report's page; html is empty where there is nothing to show. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly html: string
}
