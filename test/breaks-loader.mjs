// `node --import=./test/breaks-loader.mjs test/x.test.ts`: runs the sources as `dist/` has them, under their own names ending in `.ts`. The breaks
// use it in place of tap's loader, which reads in the whole TypeScript compiler for every process. Children and workers inherit it.
import { existsSync, readFileSync } from 'node:fs'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url).href
const isSource = (url) => url.startsWith(root) && url.endsWith('.ts')

/** A source imports another one as `./x.js`: it is `./x.ts` that lies there. */
export const resolve = (specifier, context, next) => {
  const { parentURL = '' } = context
  if (!specifier.startsWith('.') || !specifier.endsWith('.js') || !isSource(parentURL)) return next(specifier, context)
  const { href } = new URL(specifier.replace(/\.js$/, '.ts'), parentURL)
  return existsSync(fileURLToPath(href)) ? { url: href, format: 'module', shortCircuit: true } : next(specifier, context)
}

/** No source without its emitted file: that is a mistake of the breaks, and no test may pass over it. */
export const load = (url, context, next) => {
  if (!isSource(url)) return next(url, context)
  const emitted = new URL(`dist/${url.slice(root.length).replace(/\.ts$/, '.js')}`, root)
  return { format: 'module', source: readFileSync(emitted, 'utf8'), shortCircuit: true }
}

// This module is both: what asks for the hooks, and, in the thread of the hooks, the hooks.
if (!import.meta.url.endsWith('?hooks')) register(`${import.meta.url}?hooks`)
