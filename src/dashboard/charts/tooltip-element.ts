export interface TooltipRow {
  readonly colour?: string
  readonly name: string
  readonly value: string
}

/**
 * What a tooltip shows. An element and not text: the page's policy lets no style stand in text, and names of users
 * and items cannot be taken for mark-up.
 */
export function tooltipElement(title: string, rows: readonly TooltipRow[], note = ''): HTMLElement {
  const box = element('div', 'tooltip')
  box.append(element('div', 'tooltip-title', title))
  for (const { colour, name, value } of rows) {
    const row = element('div', 'tooltip-row')
    const swatch = element('span', 'swatch')
    if (colour !== undefined) swatch.style.background = colour
    row.append(swatch, element('span', 'tooltip-name', name), element('span', 'tooltip-value', value))
    box.append(row)
  }
  if (note !== '') box.append(element('div', 'tooltip-note', note))
  return box
}

function element(tag: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = text
  return made
}
