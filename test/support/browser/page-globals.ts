/** What tests use of a page's own globals: the tests are checked without the types of a browser. */
export interface PageGlobals {
  readonly document: {
    readonly documentElement: PageElement
    readonly activeElement: PageElement | null
    readonly cookie: string
    querySelectorAll(selector: string): Iterable<PageCanvas>
    dispatchEvent(event: Event): void
  }
  readonly localStorage: { readonly length: number }
}

interface PageElement {
  readonly id: string
  readonly textContent: string | null
  readonly clientWidth: number
  readonly scrollWidth: number
  readonly style: { readonly colorScheme: string }
}

interface PageCanvas {
  readonly width: number
  readonly height: number
  getContext(kind: '2d'): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray } }
}
