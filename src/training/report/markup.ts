/** HTML or SVG that may stand in a page as it is. `html` makes it, and the page's own style sheet is it; text from the data never is. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Part = string | number | null | Markup | readonly Part[]

/**
 * A piece of HTML or SVG: what stands in the template is markup, everything put into it is text and is escaped. Null gives nothing, a list
 * its parts one after another, a number that is not finite a dash. Attributes must stand in double quotes.
 */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(strings.map((string, i) => string + (i < parts.length ? written(parts[i] ?? null) : '')).join(''))

const written = (part: Part): string => {
  if (part === null) return ''
  if (part instanceof Markup) return part.text
  if (typeof part === 'number') return Number.isFinite(part) ? String(part) : '–'
  return typeof part === 'string' ? escaped(part) : part.map(written).join('')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Control characters become blanks, so that no label turns the direction of the text after it or ends a line. */
const escaped = (text: string): string => text.replace(/\p{Cc}|\p{Bidi_Control}/gu, ' ').replace(/[&<>"']/g, (sign) => entities[sign] ?? sign)
